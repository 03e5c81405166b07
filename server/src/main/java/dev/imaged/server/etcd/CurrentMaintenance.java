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
record CurrentMaintenance(Supplier<Maintenance> current, Supplier<Following> following) implements Maintenance {
    @Override
    public StoreStats stats() {
        return current.get().stats().following(following.get());
    }

    @Override
    public List<String> namespaces() {
        return current.get().namespaces();
    }

    @Override
    public CheckReport check() {
        return current.get().check();
    }

    @Override
    public void dump(Consumer<NamespacedImage> images) {
        current.get().dump(images);
    }

    @Override
    public Load load(boolean replace) {
        return current.get().load(replace);
    }

    @Override
    public long backup(BackupSink sink) throws IOException {
        return current.get().backup(sink);
    }

    @Override
    public void close() {}
}
