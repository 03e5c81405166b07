package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.xodus.cleaning.LogCleaner;
import dev.imaged.server.xodus.log.LogDamage;
import dev.imaged.server.xodus.log.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.env.Transaction;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.log.Log;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A database that is open, and how it is opened after whatever has happened to it. */
record OpenDatabase(
        Contents contents,
        Object identity,
        EnvironmentImpl environment,
        LogFiles files,
        Tables tables,
        LogCleaner cleaner)
        implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(OpenDatabase.class);

    /**
     * A key or a part of a value has to fit into one file. A file is read when the database opens, and cleaned at once while
     * nobody writes, so it should be small.
     */
    static final long LOG_FILE_KIB = 8 * 1024;

    /** A page of the log holds few nodes that are in use: with small ones the cache holds more of them. */
    static final int LOG_PAGE_BYTES = 2 * 1024;

    /** A commit writes the pages of the changes on the way to the newest again, whole; the engine's default is 128. */
    private static final int TREE_PAGE_ENTRIES = 32;

    /** Nothing that is read while the database is opened is kept. */
    private static final Object NO_IDENTITY = new Object();

    /** A commit is synced before the next begins, so only the last can be cut off. */
    private static final int MAX_CUTS = 1;

    /** Enough to look whether a log can be opened. */
    private static final long SMALL_CACHE_BYTES = 4L * 1024 * 1024;

    /**
     * Opens the database in a data folder, a new one if the folder is empty.
     *
     * @param cacheBytes how much of the heap the engine's pages may take
     * @param fileKib how large a file of the log is
     * @param layer what writes pass through on their way to the files
     * @throws ImageException.FailedPrecondition when the folder cannot be used, is damaged or of another schema
     */
    static OpenDatabase open(
            Path folder, Contents contents, long cacheBytes, long fileKib, UnaryOperator<DataWriter> layer) {
        try {
            LogFiles files = LogFiles.in(FolderMarker.database(folder), LOG_PAGE_BYTES, fileKib * 1024, layer);
            requireReadable(folder, files, fileKib);
            return open(folder, contents, files, config(cacheBytes, fileKib));
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
                        contents, new Object(), environment, files, tables, new LogCleaner(environment, files));
            } finally {
                transaction.abort();
            }
        } catch (IOException | RuntimeException e) {
            if (environment != null) {
                environment.close();
            }
            throw damaged(folder, e);
        }
    }

    private static EnvironmentImpl readOnly(LogFiles files, EnvironmentConfig config) throws IOException {
        return (EnvironmentImpl) Environments.newInstance(
                files.newReadOnlyConfig(LogDamage.REPORT),
                config.setEnvIsReadonly(true).setGcEnabled(false));
    }

    /** What has to be changed before the engine opens the log is changed only if it can be opened then. */
    private static void requireReadable(Path folder, LogFiles files, long fileKib) throws IOException {
        if (files.isUnsettled()) {
            try {
                readOnly(files, config(SMALL_CACHE_BYTES, fileKib)).close();
            } catch (RuntimeException e) {
                throw damaged(folder, e);
            }
        }
    }

    /**
     * Opens the log alone, of which only what can be read is seen; nothing is changed.
     *
     * @throws ImageException.FailedPrecondition when there are no files that can be read
     */
    static Log openLog(LogFiles files, long cacheBytes, long fileKib) throws IOException {
        return Environments.newLogInstance(files.newReadOnlyConfig(LogDamage.SKIP), config(cacheBytes, fileKib));
    }

    private static EnvironmentConfig config(long cacheBytes, long fileKib) {
        return new EnvironmentConfig()
                .setLogDurableWrite(true)
                .setLogFileSize(fileKib)
                .setLogCachePageSize(LOG_PAGE_BYTES)
                .setLogCacheShared(false)
                .setTreeMaxPageSize(TREE_PAGE_ENTRIES)
                .setMemoryUsage(cacheBytes)
                .setGcStartIn(LogCleaner.ENGINE_STARTS_MILLIS)
                .setLogLockTimeout(0)
                .setEnvCloseForcedly(true)
                .setEnvGatherStatistics(false)
                .setManagementEnabled(false);
    }

    private static OpenDatabase open(Path folder, Contents contents, LogFiles files, EnvironmentConfig config)
            throws IOException {
        for (int cuts = 0; ; cuts++) {
            long root = unverifiedRoot(folder, files, config);
            try {
                return open(folder, contents, files, config, root >= 0);
            } catch (FailedPrecondition e) {
                if (root >= 0 && cuts == MAX_CUTS) {
                    files.uncut(); // it is not the last commit that is broken
                }
                if (root < 0 || cuts == MAX_CUTS) {
                    throw e;
                }
                logger.warn("the last commit was cut off by a power cut and is removed: {}", e.getMessage());
            }
            cut(folder, files, root);
        }
    }

    private static void cut(Path folder, LogFiles files, long root) throws IOException {
        try {
            files.cut(root);
        } catch (ImageException.DataLoss e) {
            throw damaged(folder, e);
        }
    }

    private static long unverifiedRoot(Path folder, LogFiles files, EnvironmentConfig config) throws IOException {
        try {
            return files.unverifiedRoot(config);
        } catch (RuntimeException e) {
            throw refused(folder, files, e);
        }
    }

    private static OpenDatabase open(
            Path folder, Contents contents, LogFiles files, EnvironmentConfig config, boolean unverified) {
        EnvironmentImpl environment;
        try {
            environment = (EnvironmentImpl) Environments.newInstance(files.newConfig(), config);
        } catch (RuntimeException e) {
            throw refused(folder, files, e);
        }
        try {
            OpenDatabase opened = new OpenDatabase(
                    contents,
                    new Object(),
                    environment,
                    files,
                    tables(folder, environment, contents),
                    new LogCleaner(environment, files));
            if (unverified) {
                opened.requireSound();
            }
            opened.requireNewest();
            opened.acknowledge(opened.revision());
            files.opened();
            return opened;
        } catch (IOException | RuntimeException e) {
            files.closing();
            environment.close();
            throw damaged(folder, e);
        }
    }

    private static FailedPrecondition refused(Path folder, LogFiles files, RuntimeException error) {
        files.release();
        // The engine has a lock, too, which an older version of this program may hold.
        return files.isLockedByOther()
                ? FolderMarker.refused(folder, "is in use by another process" + LockedFolder.owner(folder))
                : damaged(folder, error);
    }

    private static FailedPrecondition damaged(Path folder, Exception error) {
        if (error instanceof IOException) {
            return FolderMarker.refused(folder, "cannot be used: " + error);
        }
        boolean isOurs = error instanceof ImageException && !(error instanceof ImageException.DataLoss);
        return error instanceof FailedPrecondition known && isOurs
                ? known
                : FolderMarker.refused(
                        folder,
                        (isOurs ? "cannot be opened: " : "is damaged: ") + error.getMessage() + "; "
                                + FolderMarker.wayOut(folder));
    }

    private static Tables tables(Path folder, Environment environment, Contents contents) {
        return environment.computeInExclusiveTransaction(transaction -> {
            Tables tables = Tables.open(contents, environment, transaction);
            XodusBatch batch = new XodusBatch(tables, NO_IDENTITY, transaction, UnaryOperator.identity());
            FolderMarker.requireKnown(folder, () -> contents.initialise(batch));
            return tables;
        });
    }

    /** Reads all that is stored: what the checksums do not tell of the last commit, the agreement of everything does. */
    private void requireSound() {
        logger.info("whether the last commit is whole is not known after a power cut; all that is stored is checked");
        List<String> problems =
                environment.computeInReadonlyTransaction(transaction -> contents.problems(snapshot(transaction)));
        if (!problems.isEmpty()) {
            throw new ImageException.DataLoss(problems.get(0), null);
        }
    }

    /** A log that an older copy replaced may be whole. */
    private void requireNewest() {
        long newest = revision();
        long acknowledged = files.acknowledgedRevision();
        if (newest < acknowledged) {
            throw new ImageException.DataLoss(
                    "the newest change is that of revision " + newest + ", and those up to revision " + acknowledged
                            + " were acknowledged: its files are missing or older copies",
                    null);
        }
    }

    private long revision() {
        return environment.computeInReadonlyTransaction(transaction -> contents.revision(snapshot(transaction)));
    }

    private XodusSnapshot snapshot(Transaction transaction) {
        return new XodusSnapshot(tables, NO_IDENTITY, transaction, UnaryOperator.identity());
    }

    /** Whether reads are possible: the engine gives up for good when it cannot go back to the state before a failed commit. */
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
     * @throws IOException when the disk does not work yet
     */
    void repair() throws IOException {
        Transaction alone = environment.beginExclusiveTransaction();
        try {
            long end = committedEnd();
            files.repair(end);
            // A reader may have kept bytes of the newest page that were just cut off.
            Log log = environment.getLog();
            long page = Math.max(0, end - 1) / LOG_PAGE_BYTES * LOG_PAGE_BYTES;
            long file = log.getFileAddress(page);
            log.clearFileFromLogCache(file, page - file);
        } finally {
            alone.abort();
        }
    }

    /** Notes what was committed so far, before it is acknowledged. */
    void acknowledge(long revision) {
        files.acknowledge(committedEnd(), revision);
    }

    /** Returns where the newest commit ends; the log itself tells for a moment what a commit wrote that fails. */
    private long committedEnd() {
        return environment.getMetaTree().getLogTip().highAddress;
    }

    @Override
    public void close() {
        environment.getGC().finish(); // what the cleaner syncs has to succeed
        files.closing();
        environment.close();
    }
}
