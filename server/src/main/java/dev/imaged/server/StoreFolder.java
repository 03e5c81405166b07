package dev.imaged.server;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.maintenance.BackupSink;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.server.engine.SalvageReport;
import dev.imaged.server.etcd.EtcdConfig;
import dev.imaged.server.etcd.EtcdEngine;
import dev.imaged.server.store.StoreContents;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.StoreSalvage;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.SalvagedDatabase;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import dev.imaged.server.xodus.CopyFolder;
import dev.imaged.server.xodus.DatabaseFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.Consumer;

/** Data folders, and the store in them: the only class that knows which database the store is on. */
public final class StoreFolder {
    /** More pages than these make little faster: images are read from memory, and a write reads the pages that it changes. */
    private static final long MAX_PAGE_BYTES = 96L * 1024 * 1024;

    /** What a command has for pages. It keeps no images, because it reads each once. */
    private static final long COMMAND_PAGE_BYTES = Runtime.getRuntime().maxMemory() / 8;

    private static final Contents CONTENTS = new StoreContents();

    private StoreFolder() {}

    /**
     * Opens the store in a folder to serve it, a new one if the folder is empty or missing.
     *
     * @param cacheBytes how much of the heap images and pages of the database may take, in bytes
     * @param clock the time of creations and updates
     * @throws FailedPrecondition when the folder cannot be used, is not ours, is in use by another process, or of another schema
     */
    public static StoreEngine serve(
            Path folder, long cacheBytes, Clock clock, Retention retention, WriteLimits limits) {
        long pageBytes = pageBytes(cacheBytes);
        DatabaseFolder own = new DatabaseFolder(folder, CONTENTS);
        StoreEngine engine = engine(own, own.open(pageBytes), cacheBytes - pageBytes, clock, retention, limits);
        engine.readAhead();
        return engine;
    }

    private static StoreEngine engine(
            DatabaseFolder folder,
            Database database,
            long imageBytes,
            Clock clock,
            Retention retention,
            WriteLimits limits) {
        StoreEngine engine = StoreEngine.open(database, imageBytes, clock, retention, limits);
        try {
            folder.noteOriginal();
            return engine;
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    /**
     * Opens the store in a folder as the view of an etcd cluster, a new one if the folder is empty or missing, and serves it as one of
     * several daemons.
     *
     * @throws FailedPrecondition as {@link #serve}, and when the folder holds a store of its own
     * @throws dev.imaged.errors.ImageException.Unavailable when etcd does not answer
     */
    public static EtcdEngine follow(
            EtcdConfig etcd, Path folder, long cacheBytes, Clock clock, Retention retention, WriteLimits limits) {
        long pageBytes = pageBytes(cacheBytes);
        CopyFolder view = new CopyFolder(folder, CONTENTS);
        return EtcdEngine.open(
                etcd,
                requireThere -> view.open(pageBytes, requireThere),
                cacheBytes - pageBytes,
                clock,
                retention,
                limits);
    }

    /** Returns the part of the memory for images that pages of the database take. */
    private static long pageBytes(long cacheBytes) {
        return Math.min(cacheBytes / 2, MAX_PAGE_BYTES);
    }

    private static DatabaseFolder database(Path folder) {
        return new DatabaseFolder(folder.toAbsolutePath(), CONTENTS);
    }

    private static StoreEngine engine(Path folder) {
        DatabaseFolder own = database(folder);
        return engine(own, own.open(COMMAND_PAGE_BYTES), 0, Clock.systemUTC(), Retention.ALL, WriteLimits.ONE_WRITER);
    }

    /**
     * Checks that a folder holds a store, or is marked as new, before {@link #serve} makes one.
     *
     * @param hint what the message says to do otherwise
     * @throws FailedPrecondition when there is no store in the folder
     */
    public static void requireExistingOrNew(Path folder, String hint) {
        new DatabaseFolder(folder, CONTENTS).requireExistingOrNew(hint);
    }

    /**
     * Opens the store in a folder.
     *
     * @throws FailedPrecondition when there is no store, it is in use, or it cannot be read
     */
    public static Maintenance open(Path folder) {
        return database(folder).isWritable() ? engine(folder).maintain() : openReadOnly(folder);
    }

    /**
     * Opens the store in a folder to read it, and changes nothing in the folder.
     *
     * @throws FailedPrecondition when there is no store, it is in use, it cannot be read, or it has to be migrated first
     */
    public static Maintenance openReadOnly(Path folder) {
        return StoreEngine.maintainReadOnly(database(folder).openReadOnly(COMMAND_PAGE_BYTES));
    }

    /**
     * Checks that a folder is empty or missing.
     *
     * @throws FailedPrecondition when there is anything in it
     */
    public static void requireNew(Path folder) {
        database(folder).requireNew();
    }

    /** Moves a whole data folder that nobody uses to a place that is missing or empty, durably. */
    public static void move(Path made, Path folder) throws IOException {
        database(made).moveTo(folder.toAbsolutePath());
    }

    /**
     * Makes a new store in a folder that is empty or missing.
     *
     * @throws FailedPrecondition when the folder is not empty, or cannot be used
     */
    public static void init(Path folder) {
        requireNew(folder);
        engine(folder).close();
    }

    /**
     * Checks that a folder holds a store, whatever state it is in, that nobody uses.
     *
     * @throws FailedPrecondition when there is no store, or it is in use
     */
    public static void requireUnused(Path folder) {
        database(folder).requireUnused();
    }

    /**
     * Reads what can be read of a damaged store, and changes nothing in it.
     *
     * @param images takes each image that can be read
     * @param problems takes a line for each thing that cannot be read
     * @throws FailedPrecondition when there is no store in the folder, it is in use, or nothing can be read
     */
    public static SalvageReport salvage(Path folder, Consumer<NamespacedImage> images, Consumer<String> problems) {
        try (SalvagedDatabase database = database(folder).salvage(problems)) {
            return StoreSalvage.run(database, images, problems);
        }
    }

    /** Gives a restored store a life of its own, so that nobody takes a position of it for one of the store of the backup. */
    public static void beginNewLife(Path folder) {
        try (Database database = database(folder).open(COMMAND_PAGE_BYTES)) {
            StoreContents.beginNewLife(database);
        }
    }

    /**
     * Makes a data folder of the files of a backup. The folder is one once the sink is finished.
     *
     * @throws FailedPrecondition when the folder is not empty or cannot be used
     */
    public static BackupSink restore(Path folder) {
        return database(folder).restore();
    }
}
