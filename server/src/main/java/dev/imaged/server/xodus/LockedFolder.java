package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A data folder that this process holds: its marker is locked, and another folder in its place is noticed. No second process gets
 * in when somebody deletes the engine's own lock file. Thread-safe.
 *
 * <p>On POSIX systems a process loses its lock when it closes any descriptor of the file, so nothing else opens the marker
 * meanwhile.
 */
final class LockedFolder implements AutoCloseable {
    private static final Pattern OWNER = Pattern.compile("(\\d+)@(\\S+)");

    private final Path folder;
    private final FileChannel marker;
    private final Map<Path, Object> identities;

    private LockedFolder(Path folder, FileChannel marker, Map<Path, Object> identities) {
        this.folder = folder;
        this.marker = marker;
        this.identities = identities;
    }

    /**
     * Locks a folder that has its marker.
     *
     * @param readOnly whether other processes may read at the same time
     * @throws FailedPrecondition when another process holds it
     */
    static LockedFolder lock(Path folder, boolean readOnly) throws IOException {
        Path path = FolderMarker.marker(folder);
        FileChannel marker = readOnly
                ? FileChannel.open(path, StandardOpenOption.READ)
                : FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (tryLock(marker, readOnly) == null) {
                throw FolderMarker.refused(folder, "is in use by another process" + owner(folder));
            }
            Map<Path, Object> identities = new LinkedHashMap<>();
            for (Path part : new Path[] {folder, FolderMarker.database(folder), path}) {
                identities.put(part, identity(part));
            }
            return new LockedFolder(folder, marker, identities);
        } catch (IOException | RuntimeException e) {
            marker.close();
            throw e;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel marker, boolean shared) throws IOException {
        try {
            return marker.tryLock(0, Long.MAX_VALUE, shared);
        } catch (OverlappingFileLockException e) { // this process holds it
            return null;
        }
    }

    /** Returns the process that holds the folder, by the engine's lock file; empty when it is unknown. */
    static String owner(Path folder) {
        try {
            Matcher owner =
                    OWNER.matcher(Files.readString(FolderMarker.database(folder).resolve("xd.lck")));
            return owner.find() ? " (pid " + owner.group(1) + ")" : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** The device and the inode, where there are any. */
    private static Object identity(Path path) throws IOException {
        Object key = Files.getAttribute(path, "fileKey");
        return key == null ? path : key;
    }

    Path folder() {
        return folder;
    }

    /**
     * Writes a version to the marker, durably. It is written in place, because the file itself is locked. A few bytes of one sector are
     * written whole or not at all.
     *
     * @throws IOException when it cannot be written
     */
    void noteVersion(int version) throws IOException {
        ByteBuffer content = ByteBuffer.wrap(FolderMarker.content(version));
        ByteBuffer found = ByteBuffer.allocate((int) Math.min(16, marker.size()));
        marker.read(found, 0);
        if (!found.flip().equals(content)) {
            marker.write(content, 0);
            marker.force(true);
        }
    }

    /**
     * Looks whether the folder is still in its place.
     *
     * @throws ImageException.Unavailable when it is gone, or another is there
     */
    void requireSame() {
        identities.forEach((path, identity) -> {
            try {
                if (!identity.equals(identity(path))) {
                    throw gone(path + " was replaced by another", null);
                }
            } catch (IOException e) {
                throw gone(
                        Files.notExists(path) ? path + " is gone" : path + " cannot be reached: " + e.getMessage(), e);
            }
        });
    }

    private ImageException gone(String what, @Nullable IOException cause) {
        return new ImageException.Unavailable(
                what + ": nothing is served until data folder " + folder + " is back as it was", cause);
    }

    @Override
    public void close() {
        try {
            marker.close();
        } catch (IOException e) {
            throw new IllegalStateException("the lock of " + folder + " cannot be released", e);
        }
    }
}
