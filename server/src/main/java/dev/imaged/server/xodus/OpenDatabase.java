package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.engine.CheckReport;
import dev.imaged.server.xodus.log.InterruptedSync;
import dev.imaged.server.xodus.log.LogFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.io.DataWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A database that is open, and how it is opened after whatever has happened to it. */
record OpenDatabase(EnvironmentImpl environment, LogFiles files, XodusSchema schema, FileCleaner cleaner) {
    private static final Logger log = LoggerFactory.getLogger(OpenDatabase.class);

    /**
     * A key or a part of a value has to fit into one file. A file is read when the database opens, and cleaned at once while
     * nobody writes, so it should be small.
     */
    static final long LOG_FILE_KIB = 8 * 1024;

    /** A page of the log holds few nodes that are in use: with small ones the cache holds more of them. */
    static final int LOG_PAGE_BYTES = 2 * 1024;

    /** A commit writes the pages of the changes on the way to the newest again, whole; the engine's default is 128. */
    private static final int TREE_PAGE_ENTRIES = 32;

    /** More commits than the one that was cut off: cleaning makes some, too. */
    private static final int MAX_CUTS = 8;

    /** What is in use of the files is found out then, if that is not stored: when others have had their first answers. */
    static final int CLEANING_STARTS_MILLIS = 5000;

    private static final Pattern LOCK_OWNER = Pattern.compile("(\\d+)@(\\S+)");

    /**
     * Opens the database in a data folder, a new one if the folder is empty.
     *
     * @param cacheBytes how much of the heap the engine's pages may take
     * @param fileKib how large a file of the log is
     * @param layer what writes pass through on their way to the files
     * @throws ImageException.FailedPrecondition when the folder cannot be used, is not ours, is in use, damaged or of
     *     another schema, or when an interrupt could keep a commit from the disk
     */
    static OpenDatabase open(Path folder, long cacheBytes, long fileKib, UnaryOperator<DataWriter> layer) {
        Path database = DatabaseFolder.prepare(folder);
        InterruptedSync.requireDone(DatabaseFolder.marker(folder));
        EnvironmentConfig config = new EnvironmentConfig()
                .setLogDurableWrite(true)
                .setLogFileSize(fileKib)
                .setLogCachePageSize(LOG_PAGE_BYTES)
                .setLogCacheShared(false)
                .setTreeMaxPageSize(TREE_PAGE_ENTRIES)
                .setMemoryUsage(cacheBytes)
                .setGcStartIn(CLEANING_STARTS_MILLIS)
                .setLogLockTimeout(0)
                .setEnvCloseForcedly(true)
                .setEnvGatherStatistics(false)
                .setManagementEnabled(false);
        LogFiles files = LogFiles.in(database, LOG_PAGE_BYTES, fileKib * 1024, layer);
        try {
            return open(folder, files, config);
        } catch (IOException e) {
            throw DatabaseFolder.refused(folder, "cannot be used: " + e);
        }
    }

    private static OpenDatabase open(Path folder, LogFiles files, EnvironmentConfig config) throws IOException {
        for (int cuts = 0; ; cuts++) {
            long root = unverifiedRoot(folder, files, config);
            try {
                return open(folder, files, config, root >= 0);
            } catch (FailedPrecondition e) {
                if (root >= 0 && cuts == MAX_CUTS) {
                    files.uncut(); // it is not the last commit that is broken
                }
                if (root < 0 || cuts == MAX_CUTS) {
                    throw e;
                }
                log.warn("the last commit was cut off by a power cut and is taken away: {}", e.getMessage());
            }
            files.cut(root);
        }
    }

    private static long unverifiedRoot(Path folder, LogFiles files, EnvironmentConfig config) throws IOException {
        try {
            return files.unverifiedRoot(config);
        } catch (RuntimeException e) {
            throw refused(folder, files, e);
        }
    }

    private static OpenDatabase open(Path folder, LogFiles files, EnvironmentConfig config, boolean unverified) {
        EnvironmentImpl environment;
        try {
            environment = (EnvironmentImpl) Environments.newInstance(files.config(), config);
        } catch (RuntimeException e) {
            throw refused(folder, files, e);
        }
        try {
            OpenDatabase opened =
                    new OpenDatabase(environment, files, schema(environment), new FileCleaner(environment));
            if (unverified) {
                opened.requireSound();
            }
            return opened;
        } catch (RuntimeException e) {
            environment.close();
            throw DatabaseFolder.refused(folder, "cannot be opened: " + e.getMessage());
        }
    }

    private static FailedPrecondition refused(Path folder, LogFiles files, RuntimeException error) {
        boolean damaged = error instanceof ImageException.DataLoss;
        String why = damaged ? "is damaged: " + error.getMessage() : describe(files.folder(), error);
        files.release();
        return DatabaseFolder.refused(folder, why);
    }

    private static XodusSchema schema(Environment environment) {
        return environment.computeInExclusiveTransaction(transaction -> {
            XodusSchema schema = XodusSchema.open(environment, transaction);
            Meta.initialise(schema.meta(), transaction, UUID.randomUUID());
            return schema;
        });
    }

    /** Reads all that is stored: what the checksums do not tell of the last commit, the agreement of everything does. */
    private void requireSound() {
        log.info("whether the last commit is whole is not known after a power cut; all that is stored is checked");
        CheckReport report = environment.computeInReadonlyTransaction(
                transaction -> new DatabaseCheck(schema, transaction).run(List.of()));
        if (!report.isSound()) {
            throw new ImageException.DataLoss(report.problems().get(0), null);
        }
    }

    private static String describe(Path files, RuntimeException e) {
        String message = String.valueOf(e.getMessage());
        if (!message.contains("lock")) {
            return "cannot be opened: " + message;
        }
        try {
            Matcher owner = LOCK_OWNER.matcher(Files.readString(files.resolve("xd.lck")));
            return "is in use by another process" + (owner.find() ? " (pid " + owner.group(1) + ")" : "");
        } catch (IOException unreadable) {
            return "is in use by another process";
        }
    }
}
