package dev.imaged.server.xodus.log;

import dev.imaged.server.xodus.log.ChecksumFile.Owner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import jetbrains.exodus.log.LogUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checksums of all files of a log, by address. If they cannot be written, pages stay unchecked and the log goes on.
 * Thread-safe.
 *
 * @param log the id of the log
 * @param fileBytes how large a complete file is
 */
record ChecksumFolder(Path folder, UUID log, int pageBytes, long fileBytes, Map<Long, PageChecksums> files) {
    private static final Logger logger = LoggerFactory.getLogger(ChecksumFolder.class);

    ChecksumFolder(Path folder, UUID log, int pageBytes, long fileBytes) {
        this(folder, log, pageBytes, fileBytes, new ConcurrentHashMap<>());
    }

    /** A step that writes checksums. */
    interface Action {
        void run() throws IOException;
    }

    PageChecksums of(long address) {
        PageChecksums known = files.get(address); // without the lock, as for each page that is read
        return known != null
                ? known
                : files.computeIfAbsent(
                        address,
                        any -> PageChecksums.read(path(address), new Owner(log, address), pageBytes, fileBytes));
    }

    Path path(long address) {
        String name = LogUtil.getLogFilename(address);
        return folder.resolve(
                name.substring(0, name.length() - LogUtil.LOG_FILE_EXTENSION_LENGTH) + ChecksumFile.SUFFIX);
    }

    void delete(long address) {
        files.remove(address);
        attempt(() -> Files.deleteIfExists(path(address)));
    }

    /** Takes a step that the log can do without; returns whether it succeeded. */
    boolean attempt(Action action) {
        try {
            action.run();
            return true;
        } catch (IOException e) {
            logger.warn(
                    "checksums of the log in {} cannot be written, so that less of the log is checked: {}",
                    folder,
                    e.toString());
            return false;
        }
    }
}
