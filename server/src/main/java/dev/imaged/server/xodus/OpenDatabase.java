package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.StorageErrors;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.xodus.cleaning.LogCleaner;
import dev.imaged.server.xodus.log.LogDamage;
import dev.imaged.server.xodus.log.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.env.Transaction;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.log.Log;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A database that is open; {@link Recovery} opens one after whatever has happened to it. */
record OpenDatabase(
        Path folder,
        Contents contents,
        Object identity,
        EnvironmentImpl environment,
        LogFiles files,
        Tables tables,
        LogCleaner cleaner)
        implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(OpenDatabase.class);

    /** A key or a part of a value has to fit into one file. A file is read when the database opens, so it should be small. */
    static final long LOG_FILE_KIB = 8 * 1024;

    /** A page of the log holds few nodes that are in use: with small ones the cache holds more of them. */
    static final int LOG_PAGE_BYTES = 2 * 1024;

    /** A commit writes each page between a change and the root again, whole, so pages are small; the engine's default is 128. */
    private static final int TREE_PAGE_ENTRIES = 32;

    /** The identity while the database is opened: nothing that is read then is kept. */
    static final Object NO_IDENTITY = new Object();

    /**
     * Opens the database in a data folder, a new one if the folder is empty.
     *
     * @param cacheBytes how much of the heap the engine's pages may take
     * @param fileKib how large a file of the log is, in KiB
     * @param layer wraps the writer of the files
     * @throws ImageException.FailedPrecondition when the folder cannot be used, is damaged or of another schema
     */
    static OpenDatabase open(
            Path folder, Contents contents, long cacheBytes, long fileKib, UnaryOperator<DataWriter> layer) {
        try {
            LogFiles files = LogFiles.in(FolderMarker.database(folder), LOG_PAGE_BYTES, fileKib * 1024, layer);
            return new Recovery(folder, contents, files, cacheBytes, fileKib).run();
        } catch (IOException e) {
            throw FolderMarker.refused(folder, "cannot be used: " + e);
        }
    }

    /**
     * Opens the database in a data folder to read it; nothing is changed, so the file system may be read-only.
     *
     * @throws ImageException.FailedPrecondition as {@link #open}
     */
    static OpenDatabase openReadOnly(Path folder, Contents contents, long cacheBytes, long fileKib) {
        EnvironmentImpl environment = null;
        try {
            LogFiles files = LogFiles.in(
                    FolderMarker.database(folder), LOG_PAGE_BYTES, fileKib * 1024, UnaryOperator.identity());
            environment = readOnly(files, config(cacheBytes, fileKib));
            Transaction transaction = environment.beginReadonlyTransaction();
            try {
                if (environment.getAllStoreNames(transaction).isEmpty()) {
                    throw FolderMarker.refused(folder, "holds no images: no daemon has served it yet");
                }
                Tables existing = Tables.openExisting(contents, environment, transaction);
                FolderMarker.requireKnown(
                        folder,
                        () -> contents.requireReadable(
                                new XodusSnapshot(existing, NO_IDENTITY, transaction, UnaryOperator.identity())));
                Tables tables = Tables.open(contents, environment, transaction);
                return new OpenDatabase(
                        folder, contents, new Object(), environment, files, tables, new LogCleaner(environment, files));
            } finally {
                transaction.abort();
            }
        } catch (IOException | RuntimeException e) {
            if (environment != null) {
                environment.close();
            }
            throw EngineErrors.damaged(folder, e);
        }
    }

    static EnvironmentImpl readOnly(LogFiles files, EnvironmentConfig config) throws IOException {
        return (EnvironmentImpl) Environments.newInstance(
                files.newReadOnlyConfig(LogDamage.REPORT),
                config.setEnvIsReadonly(true).setGcEnabled(false));
    }

    /**
     * Opens the log alone, and shows only the readable part of it; nothing is changed.
     *
     * @throws ImageException.FailedPrecondition when there are no files that can be read
     */
    static Log openLog(LogFiles files, long cacheBytes, long fileKib) throws IOException {
        return Environments.newLogInstance(files.newReadOnlyConfig(LogDamage.SKIP), config(cacheBytes, fileKib));
    }

    static EnvironmentConfig config(long cacheBytes, long fileKib) {
        return new EnvironmentConfig()
                .setLogDurableWrite(true)
                .setLogFileSize(fileKib)
                .setLogCachePageSize(LOG_PAGE_BYTES)
                .setLogCacheShared(false)
                .setTreeMaxPageSize(TREE_PAGE_ENTRIES)
                .setMemoryUsage(cacheBytes)
                .setLogLockTimeout(0)
                .setEnvCloseForcedly(true)
                .setEnvGatherStatistics(false)
                .setManagementEnabled(false);
    }

    long revision() {
        return environment.computeInReadonlyTransaction(transaction -> contents.revision(snapshot(transaction)));
    }

    boolean mayGoBack() {
        return environment.computeInReadonlyTransaction(transaction -> contents.mayGoBack(snapshot(transaction)));
    }

    XodusSnapshot snapshot(Transaction transaction) {
        return new XodusSnapshot(tables, NO_IDENTITY, transaction, UnaryOperator.identity());
    }

    /** Runs a read on a snapshot of what is committed. On any thread. */
    <T extends @Nullable Object> T read(Function<Snapshot, T> body) {
        try {
            Transaction transaction = environment.beginReadonlyTransaction();
            try {
                return body.apply(new XodusSnapshot(tables, identity, transaction, this::translated));
            } finally {
                transaction.abort();
            }
        } catch (RuntimeException e) {
            throw translated(e);
        }
    }

    /** Runs a write in a transaction of its own, and commits it durably. For the writer's thread. */
    <T extends @Nullable Object> T write(Function<WriteBatch, T> body) {
        if (files.hasFailed()) {
            // The writer recovers at once after a write that failed, so this was a cleaning, whose failure nobody has
            // seen.
            logger.warn("a file in {} could not be cleaned", folder);
            cleaner.pause();
            repair();
        }
        Transaction transaction = cleaner.makeWay(environment::beginExclusiveTransaction);
        if (files.hasFailed()) { // a cleaning, while this waited for the transaction
            transaction.abort();
            return write(body);
        }
        try {
            XodusBatch batch = new XodusBatch(tables, identity, transaction, this::written);
            T result = body.apply(batch);
            if (batch.isToCommit()) {
                if (!transaction.commit()) {
                    throw new IllegalStateException("an exclusive transaction was not committed");
                }
                acknowledge(batch.revision());
            }
            return result;
        } finally {
            if (!transaction.isFinished()) {
                transaction.abort();
            }
        }
    }

    /** Returns what to throw instead of an exception: the same one, unless the engine threw it. */
    private RuntimeException translated(RuntimeException error) {
        if (error instanceof ImageException) {
            return error;
        }
        if (!isOperative()) {
            return StorageErrors.unavailable(error);
        }
        return EngineErrors.isOfEngine(error) ? unreadable(error) : error;
    }

    /** Pages may make no sense to the engine even if they are as they were written, or have no checksums. */
    private ImageException unreadable(RuntimeException error) {
        return new ImageException.DataLoss(
                "the database cannot be read: " + error.getMessage() + "; " + FolderMarker.wayOut(folder), error);
    }

    /** As {@link #translated}, but what a failing disk makes the engine throw stays as it is. */
    private RuntimeException written(RuntimeException error) {
        return hasFailed() ? error : translated(error);
    }

    /** Whether a write failed because of the disk. */
    boolean hasFailed() {
        return files.hasFailed() || !isOperative();
    }

    /** Whether reads are possible: not after the engine could not go back to the state before a failed commit. */
    boolean isOperative() {
        try {
            environment.beginReadonlyTransaction().abort();
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** Waits until a commit that fails is rolled back. The engine commits and syncs under one lock. */
    void awaitRollback() {
        try {
            environment.flushAndSync();
        } catch (Throwable e) { // Kotlin throws checked exceptions undeclared
            logger.debug("the log takes no syncs after a write that failed", e);
        }
    }

    /**
     * Makes writes possible again after one that failed; reads go on meanwhile.
     *
     * @throws ImageException when the disk does not work yet
     */
    void repair() {
        Transaction alone = environment.beginExclusiveTransaction();
        try {
            long end = committedEnd();
            files.repair(end);
            // A reader may have kept bytes of the newest page that were just cut off.
            Log log = environment.getLog();
            long page = Math.max(0, end - 1) / LOG_PAGE_BYTES * LOG_PAGE_BYTES;
            long file = log.getFileAddress(page);
            log.clearFileFromLogCache(file, page - file);
        } catch (IOException e) {
            throw StorageErrors.notStored(e);
        } finally {
            alone.abort();
        }
    }

    /** Notes what was committed so far, before it is acknowledged. */
    void acknowledge(long revision) {
        files.acknowledge(committedEnd(), revision);
    }

    /** Returns where the newest commit ends. The log's own end may for a moment be that of a commit that fails. */
    private long committedEnd() {
        return environment.getMetaTree().getLogTip().highAddress;
    }

    @Override
    public void close() {
        environment.getGC().finish(); // before the files close, because the cleaner's syncs have to succeed
        files.closing();
        environment.close();
    }
}
