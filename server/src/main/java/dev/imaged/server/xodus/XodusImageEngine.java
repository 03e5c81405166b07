package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import dev.imaged.images.ImageValidator;
import dev.imaged.server.engine.BackupSink;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.engine.Maintenance;
import dev.imaged.server.engine.NamespacedImage;
import dev.imaged.server.engine.SalvageReport;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.function.Consumer;

/** The engine on an embedded Xodus database. {@link XodusSchema} draws what it stores. */
public final class XodusImageEngine implements ImageEngine {
    private final XodusDatabase database;
    private final Committer committer;

    XodusImageEngine(XodusDatabase database, Committer committer) {
        this.database = database;
        this.committer = committer;
    }

    /**
     * Opens the engine on a data folder, a new one if the folder is empty or missing.
     *
     * @param cacheBytes how much of the heap the caches may take
     * @param clock the time of creations and updates
     * @throws ImageException.FailedPrecondition when the folder cannot be used, is not ours, is in use by another
     *     process, or of another schema
     */
    public static XodusImageEngine open(
            Path folder, long cacheBytes, Clock clock, Retention retention, WriteLimits limits) {
        XodusDatabase database = XodusDatabase.open(folder, cacheBytes);
        try {
            Committer committer = new Committer(database, clock, lastCommit(database), retention, limits);
            committer.start();
            return new XodusImageEngine(database, committer);
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    private static Instant lastCommit(XodusDatabase database) {
        return database.read((schema, transaction) -> {
            byte[] key = Keys.revision(Revisions.last(schema, transaction));
            byte[] value = schema.changes().get(transaction, key);
            return value == null ? Instant.MIN : ChangeCodec.decode(key, value).time();
        });
    }

    @Override
    public EncodedImages namespace(String namespace) {
        ImageValidator.requireNamespace(namespace);
        return new XodusImages(database, committer, namespace);
    }

    @Override
    public Maintenance maintenance() {
        return new XodusMaintenance(database, committer, () -> {});
    }

    /**
     * Checks that a data folder holds a store, or says itself that it is new, before {@link #open} makes one.
     *
     * @param hint what to do otherwise
     * @throws ImageException.FailedPrecondition when there is no store in the folder
     */
    public static void requireExistingOrNew(Path folder, String hint) {
        DatabaseFolder.requireExistingOrNew(folder, hint);
    }

    /**
     * Opens the engine on an existing data folder for an operator, while no daemon serves it. On a read-only file system it
     * only reads.
     *
     * @throws ImageException.FailedPrecondition when there is no store in the folder, and as {@link #open}
     */
    public static Maintenance maintain(Path folder, long cacheBytes, Clock clock) {
        DatabaseFolder.requireExisting(folder);
        if (!DatabaseFolder.isWritable(folder)) {
            XodusDatabase database = XodusDatabase.openReadOnly(folder, cacheBytes);
            return new XodusMaintenance(database, null, database::close);
        }
        XodusImageEngine engine = open(folder, cacheBytes, clock, Retention.ALL, WriteLimits.ONE_WRITER);
        return new XodusMaintenance(engine.database, engine.committer, engine::close);
    }

    /**
     * Makes a new store in a folder that is empty or missing.
     *
     * @throws ImageException.FailedPrecondition when it is not, or cannot be used
     */
    public static void init(Path folder, long cacheBytes, Clock clock) {
        DatabaseFolder.requireNew(folder);
        open(folder, cacheBytes, clock, Retention.ALL, WriteLimits.ONE_WRITER).close();
    }

    /**
     * Checks that a folder holds a store, whatever state it is in, that nobody uses.
     *
     * @throws ImageException.FailedPrecondition when there is none, or it is in use
     */
    public static void requireUnused(Path folder) {
        DatabaseFolder.prepareToRead(folder).close();
    }

    /**
     * Reads what can be read of a damaged store that no daemon serves, and changes nothing in it.
     *
     * @param images takes each image that can be read
     * @param problems takes a line for each thing that cannot
     * @throws ImageException.FailedPrecondition when there is no store in the folder, it is in use, or nothing can be read
     */
    public static SalvageReport salvage(Path folder, Consumer<NamespacedImage> images, Consumer<String> problems) {
        return Salvage.run(folder, images, problems);
    }

    /**
     * Makes a data folder of the files of a backup; it becomes one when the sink is closed.
     *
     * @throws ImageException.FailedPrecondition when the folder is not empty or cannot be used
     */
    public static BackupSink restore(Path folder) {
        return XodusDatabase.restore(folder);
    }

    @Override
    public void onServing(ServingListener listener) {
        committer.onServing(listener);
    }

    @Override
    public void close() {
        committer.close();
        database.close();
    }
}
