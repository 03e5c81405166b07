package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.DeadlineExceeded;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.remote.TestCertificate;
import dev.imaged.server.cli.Main;
import io.grpc.Grpc;
import io.grpc.Server;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Whatever keeps a client from its daemon, the library and each command say where there was no answer, and why. */
class ConnectionFailuresTest {
    /** A name that never resolves (RFC 6761). */
    private static final String NOWHERE = "nowhere.invalid:7780";

    private static final String MAY_EXPECT_TLS =
            "it closed the connection before it said anything: it may expect TLS, or not speak gRPC";

    private static final List<String> COMMANDS = List.of("images ls", "health", "stats", "check");

    @TempDir
    static Path folder;

    private static final List<AutoCloseable> open = new ArrayList<>();

    private static TestCertificate trusted;
    private static TestCertificate other;
    private static String expiry;

    private static String plaintext;
    private static String encrypted;
    private static String encryptedWithExpired;
    private static String asksForCertificate;
    private static String refusesCertificates;
    private static String http;
    private static String closed;
    private static String hangsUp;
    private static String silent;
    private static String staleSocket;

    @BeforeAll
    static void listen() throws Exception {
        trusted = TestCertificate.of(folder, "trusted", "-keyalg", "EC", "-ext", "san=ip:127.0.0.1");
        other = TestCertificate.of(folder, "other");
        TestCertificate expired = trusted.sign(folder, "expired", "-startdate", "-20d", "-validity", "10");
        expiry = String.valueOf(expired.certificate().getNotAfter());

        plaintext = daemon("plaintext", Clock.systemUTC());
        encrypted = daemon("encrypted", Clock.systemUTC(), trusted);
        Clock before = Clock.fixed(Instant.now().minus(Duration.ofDays(15)), ZoneOffset.UTC);
        encryptedWithExpired = daemon("expired", before, expired);
        asksForCertificate = asking(builder().trustManager(trusted.chain().toFile()));
        refusesCertificates = asking(builder().trustManager(new RefusingAll()));
        HttpServer web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.start();
        open.add(() -> web.stop(0));
        http = "127.0.0.1:" + web.getAddress().getPort();

        ServerSocket none = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        closed = "127.0.0.1:" + none.getLocalPort();
        none.close();
        ServerSocket dead = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        open.add(dead);
        hangsUp = "127.0.0.1:" + dead.getLocalPort();
        Thread closing = new Thread(() -> closeAll(dead), "closing");
        closing.setDaemon(true);
        closing.start();
        ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        open.add(mute);
        silent = "127.0.0.1:" + mute.getLocalPort();
        Path socket = folder.resolve("stale.sock");
        try (ServerSocketChannel crashed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            crashed.bind(UnixDomainSocketAddress.of(socket));
        }
        staleSocket = "unix://" + socket;
    }

    private static TlsServerCredentials.Builder builder() throws IOException {
        return TlsServerCredentials.newBuilder()
                .keyManager(trusted.chain().toFile(), trusted.key().toFile());
    }

    private static String asking(TlsServerCredentials.Builder credentials) throws IOException {
        Server server = Grpc.newServerBuilderForPort(
                        0, credentials.clientAuth(ClientAuth.REQUIRE).build())
                .build()
                .start();
        open.add(server::shutdownNow);
        return "127.0.0.1:" + server.getPort();
    }

    /** Refuses each certificate, whoever signed it. */
    private static final class RefusingAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateExpiredException();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateExpiredException();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static void closeAll(ServerSocket server) {
        try {
            while (true) {
                server.accept().close();
            }
        } catch (IOException e) {
            // the test has ended
        }
    }

    private static String daemon(String name, Clock clock, TestCertificate... shown) {
        List<String> flags = new ArrayList<>(List.of("--listen", "127.0.0.1:0"));
        for (TestCertificate certificate : shown) {
            flags.addAll(List.of(
                    "--tls-cert",
                    certificate.chain().toString(),
                    "--tls-key",
                    certificate.key().toString()));
        }
        ImageServer server =
                ImageServer.start(TestDaemon.config(folder.resolve(name), flags.toArray(String[]::new)), clock);
        open.add(server);
        return server.addresses().get(0).toString();
    }

    @AfterAll
    static void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    /**
     * How a client connects, and what it is told.
     *
     * @param trusting what it trusts, null for plaintext
     * @param showing the certificate that it shows, or null
     */
    private record Failure(String address, TestCertificate trusting, TestCertificate showing, String reason) {
        RemoteImageStores connect() {
            RemoteImageStores.Builder builder = RemoteImageStores.builder(address);
            if (trusting != null) {
                builder.tls(trusting.chain());
            }
            if (showing != null) {
                builder.clientCertificate(showing.chain(), showing.key());
            }
            return builder.build();
        }

        String[] commandLine(String command) {
            List<String> words = new ArrayList<>(List.of(command.split(" ")));
            words.addAll(List.of("--address", address));
            if (trusting != null) {
                words.addAll(List.of("--tls-ca", trusting.chain().toString()));
            }
            if (showing != null) {
                words.addAll(List.of(
                        "--tls-cert",
                        showing.chain().toString(),
                        "--tls-key",
                        showing.key().toString()));
            }
            return words.toArray(String[]::new);
        }

        String message() {
            return "no answer from " + address + ": " + reason;
        }
    }

    static Stream<Failure> failures() {
        String localhost = encrypted.replace("127.0.0.1", "localhost");
        return Stream.of(
                new Failure(encrypted, null, null, MAY_EXPECT_TLS),
                new Failure(plaintext, trusted, null, "it does not encrypt: connect without TLS"),
                new Failure(encrypted, other, null, "its certificate is not signed by a CA that is trusted here"),
                new Failure(
                        localhost,
                        trusted,
                        null,
                        "its certificate is for another name: No name matching localhost found"),
                new Failure(
                        encryptedWithExpired, trusted, null, "its certificate has expired (NotAfter: " + expiry + ")"),
                new Failure(
                        asksForCertificate,
                        trusted,
                        null,
                        "it requires a client certificate that is signed by a CA which it trusts"),
                new Failure(
                        asksForCertificate,
                        trusted,
                        other,
                        "it requires a client certificate that is signed by a CA which it trusts"),
                new Failure(
                        refusesCertificates,
                        trusted,
                        other,
                        "it refuses the client certificate, or requires one (certificate expired)"),
                new Failure(http, null, null, "it speaks HTTP/1, not gRPC"),
                new Failure(closed, null, null, "nothing listens there"),
                new Failure(hangsUp, null, null, MAY_EXPECT_TLS),
                new Failure(
                        hangsUp, trusted, null, "it closed the connection in the TLS handshake: it may not encrypt"),
                new Failure(NOWHERE, null, null, "the host name does not resolve"),
                new Failure("unix://" + folder.resolve("none.sock"), null, null, "there is no such socket"),
                new Failure(staleSocket, null, null, "nothing listens there"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void theLibraryNamesTheAddressAndTheReason(Failure failure) {
        try (RemoteImageStores stores = failure.connect()) {
            for (int i = 0; i < 2; i++) { // once when it connects, once while it waits to connect again
                Unavailable error = assertThrows(
                        Unavailable.class, () -> stores.namespace("default").list());
                assertEquals(failure.message(), error.getMessage());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("failures")
    void everyCommandSaysTheSameInOneLine(Failure failure) {
        for (String command : COMMANDS) {
            assertEquals("imaged: " + failure.message() + "\n", stderr(failure.commandLine(command)), command);
        }
    }

    private static String stderr(String... arguments) {
        StringWriter err = new StringWriter();
        CommandLine command = Main.commandLine().setErr(new PrintWriter(err));
        assertEquals(1, command.execute(arguments), err::toString);
        return err.toString();
    }

    @Test
    void aPeerThatDoesNotAnswerIsNamed() {
        try (RemoteImageStores stores = RemoteImageStores.builder(silent)
                .deadline(Duration.ofMillis(200))
                .build()) {
            ImageException error = assertThrows(
                    DeadlineExceeded.class, () -> stores.namespace("default").list());
            assertEquals(
                    "no answer from " + silent + " before the deadline: there was no connection yet",
                    error.getMessage());
        }
        assertEquals(
                "imaged: no answer from " + silent + " before the deadline: there was no connection yet\n",
                stderr("images", "ls", "--address", silent, "--timeout", "200ms"));
    }

    @Test
    void whatADaemonAnswersIsLeftAsItIs() {
        try (RemoteImageStores stores = RemoteImageStores.connect(plaintext)) {
            assertEquals(
                    "image \"x\": not found",
                    assertThrows(
                                    ImageException.NotFound.class,
                                    () -> stores.namespace("default").get("x"))
                            .getMessage());
        }
        assertFalse(Files.exists(folder.resolve("none.sock")));
    }
}
