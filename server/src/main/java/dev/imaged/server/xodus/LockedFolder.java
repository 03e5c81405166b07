package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.xodus.log.PrivateFiles;
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

    /** The engine's lock file, null unless this holds it. */
    private final @Nullable FileChannel engine;

    private LockedFolder(Path folder, FileChannel marker, Map<Path, Object> identities, @Nullable FileChannel engine) {
        this.folder = folder;
        this.engine = engine;
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
        return lock(folder, readOnly, null);
    }

    /**
     * Locks a folder that is known to be ours, and writes its marker if that is missing or damaged. The engine's own lock is taken first:
     * whoever uses the folder has that one, even after somebody deleted or replaced the marker.
     *
     * @param version what the marker has to hold
     * @throws FailedPrecondition when another process holds it; nothing is changed then
     */
    static LockedFolder lockDamaged(Path folder, int version) throws IOException {
        PrivateFiles.createFolder(FolderMarker.database(folder));
        FileChannel engine = lockEngine(folder);
        try {
            PrivateFiles.createFile(FolderMarker.marker(folder));
            LockedFolder locked = lock(folder, false, engine);
            locked.noteVersion(version);
            return locked;
        } catch (IOException | RuntimeException e) {
            if (engine != null) {
                engine.close();
            }
            throw e;
        }
    }

    private static @Nullable FileChannel lockEngine(Path folder) throws IOException {
        Path path = FolderMarker.database(folder).resolve("xd.lck");
        if (!Files.exists(path)) {
            return null;
        }
        FileChannel engine = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        if (tryLock(engine, false) == null) {
            engine.close();
            throw inUse(folder);
        }
        return engine;
    }

    private static FailedPrecondition inUse(Path folder) {
        return FolderMarker.refused(folder, "is in use by another process" + owner(folder));
    }

    private static LockedFolder lock(Path folder, boolean readOnly, @Nullable FileChannel engine) throws IOException {
        Path path = FolderMarker.marker(folder);
        FileChannel marker = readOnly
                ? FileChannel.open(path, StandardOpenOption.READ)
                : FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (tryLock(marker, readOnly) == null) {
                throw inUse(folder);
            }
            Map<Path, Object> identities = new LinkedHashMap<>();
            for (Path part : new Path[] {folder, FolderMarker.database(folder), path}) {
                identities.put(part, identity(part));
            }
            return new LockedFolder(folder, marker, identities, engine);
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
    static Object identity(Path path) throws IOException {
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
            marker.truncate(content.limit());
            marker.force(true);
        }
    }

    /**
     * Looks whether the folder is still in its place.
     *
     * @throws ImageException.Unavailable when it is gone, or another is there
     */
    void requireSame() {
        identities.forEach((path, identity) -> requireSame(folder, path, identity));
    }

    /**
     * Looks whether a part of a data folder, or the folder itself, is still the one that it was.
     *
     * @throws ImageException.Unavailable when it is gone, or another is there
     */
    static void requireSame(Path folder, Path part, Object identity) {
        try {
            if (!identity.equals(identity(part))) {
                throw gone(folder, part + " was replaced by another", null);
            }
        } catch (IOException e) {
            String what = Files.notExists(part) ? part + " is gone" : part + " cannot be reached: " + e.getMessage();
            throw gone(folder, what, e);
        }
    }

    private static ImageException gone(Path folder, String what, @Nullable IOException cause) {
        return new ImageException.Unavailable(
                        what + ": nothing is served until data folder " + folder + " is back as it was", cause)
                .withReason("NOT_SERVING", Map.of());
    }

    @Override
    public void close() {
        try {
            marker.close();
            if (engine != null) {
                engine.close();
            }
        } catch (IOException e) {
            throw new IllegalStateException("the lock of " + folder + " cannot be released", e);
        }
    }
}
