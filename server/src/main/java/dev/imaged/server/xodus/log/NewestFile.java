package dev.imaged.server.xodus.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import jetbrains.exodus.ExodusException;
import org.jspecify.annotations.Nullable;

/**
 * Notices when the newest file of a log is replaced. Writes to a file that was deleted, or moved away with its folder, are lost for the
 * log, even if they are synced. Not thread-safe.
 */
final class NewestFile {
    /** How long commits may still go to a file that was moved away. That file then has them. */
    private static final Duration LOOK_PERIOD = Duration.ofMillis(10);

    private @Nullable Path path;

    /** The device and the inode; null when the file system has neither, or no file is known. */
    private @Nullable Object key;

    private long lookedAt = System.nanoTime();

    /** Remembers the file that is there now. */
    void remember(Path newest) {
        path = newest;
        key = key(newest);
    }

    /** Forgets the file, which is about to be deleted. */
    void forget() {
        key = null;
    }

    /**
     * Looks whether the file is still there.
     *
     * @throws ExodusException when it is gone, or was replaced
     */
    void requireSame() {
        if (path != null && key != null && !key.equals(key(path))) {
            throw new ExodusException("file " + path + " was replaced");
        }
    }

    /**
     * As {@link #requireSame}, but only every {@link #LOOK_PERIOD}: a look takes some 30 us of processor time, and a commit 200.
     *
     * @throws ExodusException when the file is gone, or was replaced
     */
    void look() {
        long now = System.nanoTime();
        if (now - lookedAt >= LOOK_PERIOD.toNanos()) {
            requireSame();
            lookedAt = now;
        }
    }

    private static @Nullable Object key(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            throw new ExodusException("file " + path + " is gone: " + e, e);
        }
    }
}
