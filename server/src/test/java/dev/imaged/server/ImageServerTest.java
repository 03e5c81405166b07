package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.Address;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a daemon makes of its socket, its port and its data folder when it starts, and what it leaves when it stops. */
class ImageServerTest {
    @TempDir
    Path folder;

    @RegisterExtension
    final LogRecorder log = new LogRecorder("dev.imaged");

    @RegisterExtension
    final LogRecorder transport = new LogRecorder("io.grpc");

    private Path data() {
        return folder.resolve("data");
    }

    private Path socket() {
        return folder.resolve("s");
    }

    private ImageServer start(String... flags) {
        return ImageServer.start(TestDaemon.config(data(), flags), Clock.systemUTC());
    }

    private ImageServer startOnSocket() {
        return start("--listen", "unix://" + socket());
    }

    /** Starts a daemon that must not start, and returns what it says. */
    private String refusal(String... flags) {
        ImageException refused =
                assertThrows(ImageException.class, () -> start(flags).close());
        return String.valueOf(refused.getMessage());
    }

    private String refusalOnSocket() {
        return refusal("--listen", "unix://" + socket());
    }

    @Test
    void socketIsForTheOwnerAndTheGroupAndGoneAfterwards() throws IOException {
        try (ImageServer server = startOnSocket()) {
            assertEquals(List.of(Address.parse("unix://" + socket())), server.addresses());
            assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())));
        }
        assertFalse(Files.exists(socket()));
    }

    @Test
    void theStartAndTheStopAreLogged() {
        try (ImageServer server = start("--listen", "unix://" + socket() + ",127.0.0.1:0")) {
            String line = log.messages().get(log.messages().size() - 1);
            assertTrue(line.startsWith("imaged "), line);
            for (String part : List.of(
                    "commit ",
                    " serves on unix://" + socket() + ", " + server.addresses().get(1) + ";",
                    " data folder " + data() + ", opened in ",
                    Runtime.version().toString(),
                    "pid " + ProcessHandle.current().pid())) {
                assertTrue(line.contains(part), line);
            }
        }
        List<String> messages = log.messages();
        assertTrue(messages.get(messages.size() - 2).contains(" stops; "), messages::toString);
        assertTrue(messages.get(messages.size() - 1).startsWith("stopped in "), messages::toString);
    }

    @Test
    void whatACrashLeftIsLoggedWhenItIsRepaired() throws IOException {
        startOnSocket().close();
        Path newest;
        try (var files = Files.list(data().resolve("xodus"))) {
            newest = files.filter(file -> file.toString().endsWith(".xd"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
        Files.write(newest, new byte[] {(byte) 0x80, (byte) 0x80, (byte) 0x80}, StandardOpenOption.APPEND);
        startOnSocket().close();
        assertTrue(
                log.messages()
                        .contains("recovery: the end of " + newest
                                + ", 3 bytes that were allocated and not written, is removed"),
                log.messages()::toString);
    }

    @Test
    void theTransportDoesNotWarnOfAConnectionOverAUnixSocket() {
        try (ImageServer server = startOnSocket()) {
            for (int i = 0; i < 2; i++) {
                assertServes(server.addresses().get(0).toString());
            }
        }
        assertEquals(List.of(), transport.warnings());
    }

    @Test
    void aSocketThatIsAwayForLongIsServedAgainWithinSecondsOfItsReturn() {
        try (RemoteImageStores stores = RemoteImageStores.builder("unix://" + socket())
                .maxBackoff(Duration.ofMillis(100))
                .build()) {
            for (int i = 0; i < 3; i++) {
                assertThrows(Unavailable.class, () -> stores.namespace("empty").list());
                ImageServer back = startOnSocket();
                try {
                    awaitServed(stores);
                } finally {
                    back.close();
                }
            }
        }
    }

    private static void awaitServed(RemoteImageStores stores) {
        while (true) {
            try {
                assertEquals(List.of(), stores.namespace("empty").list());
                return;
            } catch (Unavailable e) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void socketThatACrashLeftBehindIsReplaced() throws IOException {
        try (ServerSocketChannel crashed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            crashed.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertTrue(Files.exists(socket()), "nobody listens, and the file is still there");
        try (ImageServer server = startOnSocket()) {
            assertServes(server.addresses().get(0).toString());
        }
    }

    @Test
    void socketThatSomethingListensOnIsRefusedAndGoesOn() {
        try (ImageServer server = startOnSocket()) {
            FailedPrecondition refused = assertThrows(
                    FailedPrecondition.class,
                    () -> ImageServer.start(
                                    TestDaemon.config(folder.resolve("other"), "--listen", "unix://" + socket()),
                                    Clock.systemUTC())
                            .close());
            assertEquals(
                    "socket path " + socket() + " is in use: something listens there: failed precondition",
                    refused.getMessage());
            assertServes(server.addresses().get(0).toString());
        }
    }

    @Test
    void fileInPlaceOfTheSocketIsRefusedAndLeftAlone() throws IOException {
        Files.writeString(socket(), "precious");
        assertEquals(
                "socket path " + socket() + " is taken by a file that is not a socket: failed precondition",
                refusalOnSocket());
        assertEquals("precious", Files.readString(socket()));
    }

    @Test
    void linkInPlaceOfTheSocketIsRefusedAndLeftAlone() throws IOException {
        Path elsewhere = Files.writeString(folder.resolve("elsewhere"), "precious");
        Files.createSymbolicLink(socket(), elsewhere);
        assertTrue(refusalOnSocket().contains("is taken by a file that is not a socket"));
        assertEquals("precious", Files.readString(elsewhere));
        assertTrue(Files.isSymbolicLink(socket()));
    }

    @Test
    void portThatIsTakenIsRefusedAndNamed() {
        try (ImageServer server = start("--listen", "127.0.0.1:0")) {
            String address = server.addresses().get(0).toString();
            FailedPrecondition refused = assertThrows(
                    FailedPrecondition.class,
                    () -> ImageServer.start(
                                    TestDaemon.config(folder.resolve("other"), "--listen", address), Clock.systemUTC())
                            .close());
            assertTrue(String.valueOf(refused.getMessage()).contains(address), refused.getMessage());
        }
    }

    @Test
    void plaintextBeyondTheLoopbackInterfaceNeedsToBeAllowed() {
        assertEquals(
                "address 0.0.0.0:0 is reachable from other machines: give --tls-cert and --tls-key, or allow plaintext"
                        + " with --insecure-tcp: invalid argument",
                refusal("--listen", "0.0.0.0:0"));
        assertTrue(refusal("--listen", "[::]:0").contains("--insecure-tcp"));
        assertFalse(Files.exists(data()), "nothing is done before it is refused");

        try (ImageServer server = start("--listen", "0.0.0.0:0", "--insecure-tcp")) {
            int port = ((Address.Tcp) server.addresses().get(0)).port();
            assertServes("127.0.0.1:" + port);
        }
    }

    @Test
    void secondDaemonOnADataFolderIsRefusedAndTheFirstGoesOn() {
        try (ImageServer server = startOnSocket()) {
            String refused = refusal("--listen", "127.0.0.1:0");
            assertTrue(refused.startsWith("data folder " + data() + " is in use by another process"), refused);
            assertServes(server.addresses().get(0).toString());
        }
    }

    @Test
    void folderThatIsNotOursIsRefusedAndUntouched() throws IOException {
        Files.createDirectories(data());
        Files.writeString(data().resolve("letter.txt"), "precious");
        assertEquals(
                "data folder " + data() + " is not ours: it is not empty and has no file imaged.schema; name an empty"
                        + " folder: failed precondition",
                refusalOnSocket());
        try (var files = Files.list(data())) {
            assertEquals(List.of(data().resolve("letter.txt")), files.toList());
        }
        assertEquals("precious", Files.readString(data().resolve("letter.txt")));
        assertFalse(Files.exists(socket()));
    }

    @Test
    void folderOfANewerSchemaIsRefusedAndUntouched() throws IOException {
        startOnSocket().close();
        Files.writeString(data().resolve("imaged.schema"), "999\n");
        String refused = refusalOnSocket();
        assertTrue(refused.startsWith("data folder " + data() + " has schema 999"), refused);
        assertEquals("999\n", Files.readString(data().resolve("imaged.schema")));
    }

    @Test
    void fileInPlaceOfTheFolderIsRefusedAndUntouched() throws IOException {
        Files.writeString(data(), "precious");
        String refused = refusalOnSocket();
        assertTrue(refused.startsWith("data folder " + data() + " cannot be used"), refused);
        assertEquals("precious", Files.readString(data()));
    }

    @Test
    void whatWasWrittenIsThereAfterARestart() {
        Image written;
        try (ImageServer server = startOnSocket();
                RemoteImageStores stores =
                        RemoteImageStores.connect(server.addresses().get(0).toString())) {
            written = stores.namespace("default").create(image());
        }
        try (ImageServer server = startOnSocket();
                RemoteImageStores stores =
                        RemoteImageStores.connect(server.addresses().get(0).toString())) {
            assertEquals(List.of(written), stores.namespace("default").list());
        }
    }

    private static void assertServes(String address) {
        try (RemoteImageStores stores = RemoteImageStores.connect(address)) {
            assertEquals(List.of(), stores.namespace("empty").list());
        }
    }

    private static Image image() {
        return new Image("x", new Descriptor("application/json", "sha256:" + "a".repeat(64), 7));
    }
}
