package dev.imaged.server.etcd;

import dev.imaged.maintenance.BackupSink;
import dev.imaged.maintenance.CheckReport;
import dev.imaged.maintenance.Following;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.maintenance.StoreStats;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The maintenance of the view that there is at each call.
 *
 * @param current throws when there is none
 * @param following how far that view is behind
 */
record CurrentMaintenance(Supplier<View> current, Supplier<Following> following) implements Maintenance {
    private Maintenance maintenance() {
        return current.get().store().maintenance();
    }

    @Override
    public StoreStats stats() {
        return maintenance().stats().following(following.get());
    }

    @Override
    public List<String> namespaces() {
        return maintenance().namespaces();
    }

    @Override
    public CheckReport check() {
        return current.get().check();
    }

    @Override
    public void dump(Consumer<NamespacedImage> images) {
        maintenance().dump(images);
    }

    @Override
    public Load load(boolean replace) {
        return maintenance().load(replace);
    }

    @Override
    public long backup(BackupSink sink) throws IOException {
        return maintenance().backup(sink);
    }

    @Override
    public void close() {}
}
