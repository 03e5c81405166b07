package dev.imaged.server.cli;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * A file that gets its name once it is whole and on the disk, or not at all. Until then it is written next to that name. For one
 * thread.
 */
final class NewFile implements Closeable {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path target;
    private final Path partial;
    private final boolean replaces;
    private final Interruption.Running running;

    private NewFile(Path target, boolean replaces) {
        this.target = target;
        this.partial = nextTo(target);
        this.replaces = replaces;
        this.running = Interruption.begin(
                () -> target + " is not made", () -> target + " is not made, and " + partial + " is left: delete it");
    }

    /**
     * Starts a file.
     *
     * @param replaces whether a file of that name is replaced
     * @throws FileAlreadyExistsException when there is one that may not be replaced
     * @throws NoSuchFileException when there is no folder for it
     */
    static NewFile at(Path target, boolean replaces) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        if (Files.isDirectory(target)) {
            throw new FileAlreadyExistsException(target + " is a folder");
        } else if (!Files.exists(target)) {
            return new NewFile(target, replaces);
        } else if (!replaces) {
            throw new FileAlreadyExistsException(target + " exists already");
        }
        return new NewFile(target.toRealPath(), true); // replaces the file that a link leads to, not the link
    }

    /** Returns a name next to a file or folder that nothing else has. */
    static Path nextTo(Path target) {
        byte[] random = new byte[4];
        RANDOM.nextBytes(random);
        return target.resolveSibling(
                target.getFileName() + ".partial-" + HexFormat.of().formatHex(random));
    }

    /** Returns where to write the file. */
    Path partial() {
        return partial;
    }

    /** Gives the file its name, once it is closed. */
    void finish() throws IOException {
        sync(partial);
        if (replaces) {
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        } else {
            moveToFreeName();
        }
        sync(target.resolveSibling("."));
    }

    private void moveToFreeName() throws IOException {
        try {
            Files.createLink(target, partial); // fails when a file exists; a move would replace it
        } catch (FileAlreadyExistsException e) {
            throw new FileAlreadyExistsException(target + " exists already");
        } catch (FileSystemException | UnsupportedOperationException e) {
            Files.move(partial, target); // on a file system without links
        }
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Deletes the rest of a file that was not finished. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(partial);
        running.close();
    }
}
