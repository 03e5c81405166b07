package dev.imaged.server.store;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.maintenance.BackupSink;
import dev.imaged.maintenance.CheckReport;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.maintenance.StoreStats;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.Space;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.write.ImageWriter;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The maintenance of a store: it reads one snapshot, and loads through a writer.
 *
 * @param writer null if the store is read-only
 */
record StoreMaintenance(Database database, @Nullable ImageWriter writer, Runnable closing) implements Maintenance {
    @Override
    public StoreStats stats() {
        Space space = database.space();
        return database.read(snapshot -> new StoreStats(
                Meta.instanceId(snapshot).toString(),
                snapshot.count(Schema.NAMESPACES),
                snapshot.count(Schema.IMAGES.entries()),
                Revisions.last(snapshot),
                Revisions.oldestKept(snapshot),
                space.diskBytes(),
                space.liveBytes()));
    }

    @Override
    public List<String> namespaces() {
        return database.read(Schema::namespaces);
    }

    @Override
    public CheckReport check() {
        return database.read(snapshot -> new StoreCheck(snapshot).run(database.fileProblems()));
    }

    @Override
    public void dump(Consumer<NamespacedImage> images) {
        database.readOnce(snapshot -> {
            Schema.IMAGES.scan(snapshot, new byte[0], new byte[0], (key, value) -> {
                images.accept(
                        new NamespacedImage(Keys.namespace(key), ImageCodec.image(ImageCodec.decode(key, value))));
                return true;
            });
            return images;
        });
    }

    @Override
    public Load load(boolean replace) {
        if (writer == null) {
            throw new FailedPrecondition("nothing can be stored: " + database.description() + " is read-only");
        }
        return new StoreLoad(writer, replace);
    }

    @Override
    public long backup(BackupSink sink) throws IOException {
        return database.backup(sink);
    }

    @Override
    public void close() {
        closing.run();
    }
}
