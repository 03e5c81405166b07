package dev.imaged.server;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.remote.Address;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The file of a unix socket. A file that a crash left behind is replaced, one that is in use is not.
 *
 * <p>Binding makes a file that everybody may connect to, if the umask lets them. So the socket is bound in a folder that only
 * the owner may enter. There it gets its mode, and after that its name.
 */
final class UnixSocketFile implements AutoCloseable {
    private static final int S_IFMT = 0170000;
    private static final int S_IFSOCK = 0140000;

    private final Path path;
    private final Path folder;

    private UnixSocketFile(Path path, Path folder) {
        this.path = path;
        this.folder = folder;
    }

    /**
     * Makes way for a socket at {@code path}, and a folder to bind it in.
     *
     * @throws FailedPrecondition when something listens there, what is there is not a socket, or the path is too long
     */
    static UnixSocketFile prepare(Path path) throws IOException {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null) {
            throw new FailedPrecondition("socket path " + path + " is a folder");
        }
        Files.createDirectories(parent);
        makeWay(path);
        UnixSocketFile file = new UnixSocketFile(path, parent.resolve("." + randomName()));
        requireFitting(file.bindPath(), path);
        Files.createDirectory(
                file.folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return file;
    }

    /** Returns four characters: the path of the socket in the folder is no longer than most names of sockets are. */
    private static String randomName() {
        return Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36, 36 * 36 * 36 * 36), 36);
    }

    private static void requireFitting(Path bindPath, Path path) {
        try {
            new Address.Unix(bindPath.toString());
        } catch (IllegalArgumentException e) {
            throw new FailedPrecondition(
                    "socket path " + path + " leaves no room for the private folder that the socket is made in: use a"
                            + " shorter folder (" + e.getMessage() + ")",
                    e);
        }
    }

    /** Returns where to bind the socket. */
    Path bindPath() {
        return folder.resolve("s");
    }

    /**
     * Gives the bound socket its mode, for the owner and the group, and then its name. A client that connects before the
     * socket listens is refused.
     *
     * @throws FailedPrecondition when the name was taken since
     */
    void publish() throws IOException {
        Files.setPosixFilePermissions(bindPath(), PosixFilePermissions.fromString("rw-rw----"));
        try {
            Files.createLink(path, bindPath()); // unlike a rename it does not replace the socket of another daemon
        } catch (FileAlreadyExistsException e) {
            throw new FailedPrecondition("socket path " + path + " was taken while the daemon started", e);
        }
    }

    /** Removes the folder. A socket that was published stays. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(bindPath());
        Files.deleteIfExists(folder);
    }

    private static void makeWay(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if ((mode & S_IFMT) != S_IFSOCK) {
            throw new FailedPrecondition("socket path " + path + " is taken by a file that is not a socket");
        }
        requireStale(path);
        Files.delete(path);
    }

    /** Only a refused connection shows that nothing listens. Without access to the socket nobody knows, so it stays. */
    private static void requireStale(Path path) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
        } catch (ConnectException refused) {
            return;
        }
        throw new FailedPrecondition("socket path " + path + " is in use: something listens there");
    }
}
