package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.engine.BackupSink;
import dev.imaged.server.engine.CheckReport;
import dev.imaged.server.engine.Maintenance;
import dev.imaged.server.engine.NamespacedImage;
import dev.imaged.server.engine.StoreStats;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an operator does with the store: reads on one snapshot, loads through the committer.
 *
 * @param committer null where nothing can be written
 */
record XodusMaintenance(XodusDatabase database, @Nullable Committer committer, Runnable closing)
        implements Maintenance {
    @Override
    public StoreStats stats() {
        XodusDatabase.Space space = database.space();
        return database.read((schema, transaction) -> new StoreStats(
                Meta.instanceId(schema.meta(), transaction).toString(),
                schema.namespaces().count(transaction),
                schema.images().entries().count(transaction),
                Revisions.last(schema, transaction),
                Revisions.oldestKept(schema, transaction),
                space.diskBytes(),
                space.liveBytes()));
    }

    @Override
    public CheckReport check() {
        return database.read(
                (schema, transaction) -> new DatabaseCheck(schema, transaction).run(database.fileProblems()));
    }

    @Override
    public void dump(Consumer<NamespacedImage> images) {
        database.readOnce((schema, transaction) -> {
            schema.images().forEach(transaction, new byte[0], new byte[0], (key, value) -> {
                images.accept(
                        new NamespacedImage(Keys.namespace(key), ImageCodec.image(ImageCodec.decode(key, value))));
                return true;
            });
            return images;
        });
    }

    @Override
    public Load load(boolean replace) {
        if (committer == null) {
            throw new FailedPrecondition("nothing can be stored: data folder " + database.folder() + " is read-only");
        }
        return new XodusLoad(committer, replace);
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
