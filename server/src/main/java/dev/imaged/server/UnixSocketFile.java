package dev.imaged.server;

import dev.imaged.errors.ImageException.FailedPrecondition;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The file of a unix socket: what a crash left behind is replaced, what is in use is not. */
final class UnixSocketFile {
    private static final int S_IFMT = 0170000;
    private static final int S_IFSOCK = 0140000;

    private UnixSocketFile() {}

    /**
     * Makes way for a socket at {@code path}.
     *
     * @throws FailedPrecondition when something listens there, or what is there is no socket
     */
    static void makeWay(Path path) throws IOException {
        Path folder = path.getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if ((mode & S_IFMT) != S_IFSOCK) {
            throw new FailedPrecondition("socket path " + path + " is taken by a file that is no socket");
        }
        requireStale(path);
        Files.delete(path);
    }

    /** Lets the owner and the group connect, nobody else. */
    static void restrict(Path path) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
    }

    /** Only a connection that is refused says that nothing listens; without access to it, nobody knows. */
    private static void requireStale(Path path) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
        } catch (ConnectException refused) {
            return;
        }
        throw new FailedPrecondition("socket path " + path + " is in use: something listens there");
    }
}
