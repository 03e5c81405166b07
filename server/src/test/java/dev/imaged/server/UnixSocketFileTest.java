package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.remote.Address;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Who may connect to a unix socket, from its first moment on. */
class UnixSocketFileTest {
    @TempDir
    Path folder;

    private Path socket() {
        return folder.resolve("s");
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private static ServerSocketChannel bind(UnixSocketFile file) throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(file.bindPath()));
    }

    @Test
    void socketIsBoundWhereOnlyItsOwnerMayGoAndHasItsModeWhenItGetsItsName() throws IOException {
        UnixSocketFile file = UnixSocketFile.prepare(socket());
        assertEquals("rwx------", mode(file.bindPath().getParent()));
        try (ServerSocketChannel server = bind(file)) {
            assertNotEquals("rw-rw----", mode(file.bindPath()), "the umask of the test would hide what it tests");
            assertFalse(Files.exists(socket()));
            file.publish();
            file.close();
            assertEquals("rw-rw----", mode(socket()));
            assertEquals(List.of(socket()), files());
            SocketChannel.open(UnixDomainSocketAddress.of(socket())).close();
            server.accept().close();
        }
    }

    /** Linux lists sockets with the paths that they were bound to. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void daemonBindsItsSocketInTheFolderAndNotWhereItIsFound() throws IOException {
        ImageServer server = ImageServer.start(
                TestDaemon.config(folder.resolve("data"), "--listen", "unix://" + socket()), Clock.systemUTC());
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            assertTrue(client.isConnected());
            List<String> bound = Files.readAllLines(Path.of("/proc/net/unix")).stream()
                    .filter(line -> line.contains(" " + folder + "/") && line.endsWith("/s"))
                    .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                    .distinct()
                    .toList();
            assertEquals(1, bound.size(), bound.toString());
            assertTrue(bound.get(0).matches(folder + "/\\.[0-9a-z]{4}/s"), bound.toString());
            assertEquals("rw-rw----", mode(socket()));
        } finally {
            server.close();
        }
    }

    @Test
    void nameThatWasTakenSinceIsNotReplaced() throws IOException {
        try (UnixSocketFile first = UnixSocketFile.prepare(socket());
                UnixSocketFile second = UnixSocketFile.prepare(socket());
                ServerSocketChannel server = bind(first);
                ServerSocketChannel late = bind(second)) {
            first.publish();
            FailedPrecondition taken = assertThrows(FailedPrecondition.class, second::publish);
            assertTrue(String.valueOf(taken.getMessage()).contains("was taken while the daemon started"));
            SocketChannel.open(UnixDomainSocketAddress.of(socket())).close();
            assertTrue(server.accept().isConnected());
            assertTrue(late.isOpen());
        }
        assertEquals(List.of(socket()), files());
    }

    @Test
    void socketThatIsNotPublishedLeavesNothing() throws IOException {
        UnixSocketFile file = UnixSocketFile.prepare(socket());
        bind(file).close();
        file.close();
        assertEquals(List.of(), files());
    }

    @Test
    void longestNameOfASocketHasRoomForTheFolder() throws IOException {
        Path deep = folder.resolve("d".repeat(107 - folder.toString().length() - "//imaged.sock".length()));
        Path longest = new Address.Unix(deep.resolve("imaged.sock").toString()).file();
        assertEquals(107, longest.toString().length());
        try (UnixSocketFile file = UnixSocketFile.prepare(longest);
                ServerSocketChannel server = bind(file)) {
            file.publish();
            assertTrue(server.isOpen());
            assertEquals("rw-rw----", mode(longest));
        }
    }

    @Test
    void pathWithoutRoomForTheFolderIsRefused() {
        Path deep = folder.resolve("d".repeat(107 - folder.toString().length() - "//s".length()));
        FailedPrecondition refused = assertThrows(
                FailedPrecondition.class,
                () -> UnixSocketFile.prepare(deep.resolve("s")).close());
        assertTrue(String.valueOf(refused.getMessage()).contains("shorter folder"), refused.getMessage());
    }

    @Test
    void folderOfTheSocketKeepsItsMode() throws IOException {
        Set<PosixFilePermission> before = Files.getPosixFilePermissions(folder);
        UnixSocketFile.prepare(socket()).close();
        assertEquals(before, Files.getPosixFilePermissions(folder));
    }
}
