package dev.imaged.server.xodus.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.NavigableSet;
import java.util.function.Supplier;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.log.Log;
import jetbrains.exodus.log.LogConfig;
import jetbrains.exodus.log.LogUtil;
import jetbrains.exodus.log.Loggable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recovers the end of a log after a power cut, if the checksums do not say whether the last commit is whole: it finds the commit, and
 * cuts it off or keeps it. For one thread, while the database is closed.
 */
public final class LogRecovery {
    private static final Logger logger = LoggerFactory.getLogger(LogRecovery.class);

    /** The type of the loggable that ends a commit. */
    private static final int DATABASE_ROOT = 1;

    private final ChecksumFolder checksums;
    private final LogLedger ledger;
    private final LogVerifier verifier;
    private final Supplier<LogConfig> newConfig;

    /** The address from which on the bytes may be wrong after a power cut; -1 when there is none. */
    private long unknownFrom = -1;

    /** Whether a copy of the newest file was made before it was cut. */
    private boolean isCopied;

    LogRecovery(ChecksumFolder checksums, LogLedger ledger, LogVerifier verifier, Supplier<LogConfig> newConfig) {
        this.checksums = checksums;
        this.ledger = ledger;
        this.verifier = verifier;
        this.newConfig = newConfig;
    }

    /**
     * Returns where the newest commit ends in the log, if its bytes may be wrong after a power cut; -1 otherwise. Bytes behind the last
     * readable ones there are removed; a copy is kept.
     */
    public long findUnverifiedRoot(EnvironmentConfig engine) throws IOException {
        while (true) {
            long unreadable;
            NavigableSet<Long> files = verifier.files(LogUtil.LOG_FILE_EXTENSION);
            // An empty file is deleted once the folder is locked.
            while (files.size() > 1 && UnsyncedTail.isEmpty(checksums, files.last(), ledger.acknowledged())) {
                files.pollLast();
            }
            unknownFrom =
                    files.isEmpty() ? -1 : UnsyncedTail.unknownFrom(checksums, files.last(), ledger.acknowledged());
            if (unknownFrom < 0) {
                return -1;
            }
            Log log = Environments.newLogInstance(newConfig.get(), engine);
            try {
                Loggable root = log.getLastLoggableOfType(DATABASE_ROOT);
                if (root != null || unknownFrom > 0) {
                    return root == null || root.getAddress() < unknownFrom ? -1 : root.getAddress();
                }
                unreadable = 0; // not even the first commit, which makes an empty database, is whole
            } catch (ExodusException e) {
                unreadable = Math.max(unknownFrom, log.getTip().approvedHighAddress);
            } finally {
                log.close();
            }
            cut(unreadable, files.last());
        }
    }

    /** Removes the newest root and all behind it; the file is kept under another name. */
    public void cut(long rootAddress) throws IOException {
        cut(rootAddress, rootAddress - rootAddress % checksums.fileBytes());
    }

    private void cut(long address, long file) throws IOException {
        ledger.requireCuttable(address);
        checksums.files().clear();
        for (long newer : verifier.files(LogUtil.LOG_FILE_EXTENSION).tailSet(file, false)) {
            checksums.delete(newer);
            Files.delete(path(newer));
            PrivateFiles.syncFolder(checksums.folder());
            ledger.removed(newer);
        }
        if (!isCopied) { // the copy of an earlier start is out of date
            Files.copy(path(file), copy(file), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
            isCopied = true;
        }
        logger.warn(
                "recovery: {} is cut at byte {} of {}; a copy of it as it was is {}",
                path(file),
                address - file,
                Files.size(path(file)),
                copy(file).getFileName());
        // Even of what was synced since nothing was known of what it stands on.
        checksums.of(file).truncate(unknownFrom - file);
        UnsyncedTail.truncate(path(file), address - file);
    }

    /** Undoes all cuts of the newest file. */
    public void keep() throws IOException {
        long file = unknownFrom - unknownFrom % checksums.fileBytes();
        PrivateFiles.replace(path(file), Files.readAllBytes(copy(file)));
    }

    private Path copy(long address) {
        return checksums.folder().resolve(LogUtil.getLogFilename(address) + ".cut");
    }

    private Path path(long address) {
        return checksums.folder().resolve(LogUtil.getLogFilename(address));
    }
}
