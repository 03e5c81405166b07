package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.xodus.cleaning.LogCleaner;
import dev.imaged.server.xodus.log.LogFiles;
import dev.imaged.server.xodus.log.LogRecovery;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.env.Environments;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a database after whatever has happened to it. The folder is locked by then. For one thread, once.
 *
 * <ol>
 *   <li>Verify: all files are there and long enough, and the engine can read them. Nothing is changed before that.
 *   <li>Find the last commit, if after a power cut the checksums do not say whether it is whole.
 *   <li>Open: the writer settles what a crash left behind the last commit, and then the engine opens the log.
 *   <li>Check: nothing that was acknowledged is missing, and if such a commit was found, everything agrees.
 *   <li>Keep the commit, or cut it off and open again.
 * </ol>
 */
final class Recovery {
    private static final Logger log = LoggerFactory.getLogger(Recovery.class);

    /** A commit is synced before the next starts, so only the last can be incomplete. */
    private static final int MAX_CUTS = 1;

    /** Enough to look whether a log can be opened. */
    private static final long SMALL_CACHE_BYTES = 4L * 1024 * 1024;

    private final Path folder;
    private final Contents contents;
    private final LogFiles files;
    private final long fileKib;
    private final EnvironmentConfig config;
    private final LogRecovery end;

    Recovery(Path folder, Contents contents, LogFiles files, long cacheBytes, long fileKib) {
        this.folder = folder;
        this.contents = contents;
        this.files = files;
        this.fileKib = fileKib;
        this.config = OpenDatabase.config(cacheBytes, fileKib);
        this.end = files.recovery();
    }

    /**
     * Returns the database.
     *
     * @throws IOException when a file cannot be read or written
     * @throws FailedPrecondition when the database is damaged, in use, or of another schema
     */
    OpenDatabase run() throws IOException {
        verify();
        config.setGcStartIn(LogCleaner.surveyMillis(files.count()));
        for (int cuts = 0; ; cuts++) {
            long root = findUnverifiedRoot();
            boolean isUnverified = root >= 0;
            try {
                return open(isUnverified);
            } catch (FailedPrecondition e) {
                boolean isTried = cuts == MAX_CUTS;
                if (isUnverified && isTried) {
                    end.keep(); // it is not the last commit that is broken
                }
                if (!isUnverified || isTried) {
                    throw e;
                }
                log.warn("the last commit was cut off by a power cut and is removed: {}", e.getMessage());
            }
            cut(root);
        }
    }

    /** If the log has to be changed before it is opened, looks first whether the engine can open it without the changes. */
    private void verify() throws IOException {
        if (files.isUnsettled()) {
            try {
                OpenDatabase.readOnly(files, OpenDatabase.config(SMALL_CACHE_BYTES, fileKib))
                        .close();
            } catch (RuntimeException e) {
                throw EngineErrors.damaged(folder, e);
            }
        }
    }

    private long findUnverifiedRoot() throws IOException {
        try {
            return end.findUnverifiedRoot(config);
        } catch (RuntimeException e) {
            throw refused(e);
        }
    }

    private OpenDatabase open(boolean isUnverified) {
        EnvironmentImpl environment;
        try {
            environment = (EnvironmentImpl) Environments.newInstance(files.newConfig(), config);
        } catch (RuntimeException e) {
            throw refused(e);
        }
        try {
            OpenDatabase opened = new OpenDatabase(
                    folder,
                    contents,
                    new Object(),
                    environment,
                    files,
                    tables(environment),
                    new LogCleaner(environment, files));
            check(opened, isUnverified);
            opened.acknowledge(opened.revision());
            files.opened();
            return opened;
        } catch (IOException | RuntimeException e) {
            files.closing();
            environment.close();
            throw EngineErrors.damaged(folder, e);
        }
    }

    private Tables tables(EnvironmentImpl environment) {
        return environment.computeInExclusiveTransaction(transaction -> {
            Tables tables = Tables.open(contents, environment, transaction);
            XodusBatch batch = new XodusBatch(tables, OpenDatabase.NO_IDENTITY, transaction, UnaryOperator.identity());
            FolderMarker.requireKnown(folder, () -> contents.initialise(batch));
            return tables;
        });
    }

    private void check(OpenDatabase opened, boolean isUnverified) {
        if (isUnverified) {
            requireSound(opened);
        }
        requireNewest(opened);
    }

    /** Reads all that is stored. Without checksums of the last commit, only the agreement of all parts shows that it is whole. */
    private void requireSound(OpenDatabase opened) {
        log.info("whether the last commit is whole is not known after a power cut; all that is stored is checked");
        List<String> problems = opened.environment()
                .computeInReadonlyTransaction(transaction -> contents.problems(opened.snapshot(transaction)));
        if (!problems.isEmpty()) {
            throw new ImageException.DataLoss(problems.get(0), null);
        }
    }

    /** Finds a whole log that is an older copy. */
    private void requireNewest(OpenDatabase opened) {
        long newest = opened.revision();
        long acknowledged = files.acknowledgedRevision();
        if (newest < acknowledged && !opened.mayGoBack()) {
            throw new ImageException.DataLoss(
                    "the newest change is that of revision " + newest + ", and those up to revision " + acknowledged
                            + " were acknowledged: its files are missing or older copies",
                    null);
        }
    }

    private void cut(long root) throws IOException {
        try {
            end.cut(root);
        } catch (ImageException.DataLoss e) {
            throw EngineErrors.damaged(folder, e);
        }
    }

    private FailedPrecondition refused(RuntimeException error) {
        files.release();
        // The engine has a lock, too, which an older version of this program may hold.
        return files.isLockedByOther()
                ? FolderMarker.refused(folder, "is in use by another process" + LockedFolder.owner(folder))
                : EngineErrors.damaged(folder, error);
    }
}
