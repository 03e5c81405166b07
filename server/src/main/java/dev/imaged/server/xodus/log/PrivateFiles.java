package dev.imaged.server.xodus.log;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files and folders that only their owner can read, whatever the umask is. All methods throw the file system's exceptions.
 * Thread-safe. */
public final class PrivateFiles {
    private static final FileAttribute<Set<PosixFilePermission>> FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private PrivateFiles() {}

    /** Makes a folder and its parents, unless it exists. Parents get the mode of the umask. */
    public static void createFolder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try {
            Files.createDirectory(folder, FOLDER);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
    }

    /** Makes an empty file, unless it exists. */
    public static void createFile(Path file) throws IOException {
        if (Files.exists(file)) {
            return;
        }
        try {
            Files.createFile(file, FILE);
        } catch (FileAlreadyExistsException e) {
            // Another process has made it meanwhile.
        }
    }

    /** Replaces a file, durably and atomically: after a crash it has the old bytes or the new ones. */
    public static void replace(Path file, byte[] bytes) throws IOException {
        Path made = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(made);
        Files.createFile(made, FILE);
        try (RandomAccessFile out =
                new RandomAccessFile(made.toFile(), "rw")) { // an interrupt does not close it, unlike a channel
            out.write(bytes);
            out.getFD().sync();
        }
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
        syncFolder(file.resolveSibling("."));
    }

    /** Makes the entries of a folder durable. */
    public static void syncFolder(Path folder) throws IOException {
        boolean interrupted = false;
        try {
            while (!isSynced(folder)) {
                interrupted |= Thread.interrupted();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A folder can be synced through a channel only, which an interrupt closes. */
    private static boolean isSynced(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
            return true;
        } catch (ClosedByInterruptException e) {
            return false;
        }
    }
}
