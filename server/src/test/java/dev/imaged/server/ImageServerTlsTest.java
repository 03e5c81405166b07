package dev.imaged.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.remote.RemoteImageStores;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon whose port is encrypted. */
class ImageServerTlsTest {
    private static final String PASSWORD = "changeit";

    @TempDir
    static Path keys;

    @TempDir
    Path folder;

    private static Path certificate;
    private static Path key;

    @BeforeAll
    static void makeCertificate() throws Exception {
        Path store = keys.resolve("store.p12");
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        List<String> command = List.of(
                keytool.toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-alias",
                "daemon",
                "-keyalg",
                "EC",
                "-dname",
                "CN=imaged",
                "-ext",
                "san=ip:127.0.0.1,dns:localhost");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(keys.resolve("keytool.log").toFile())
                .start();
        assertEquals(0, process.waitFor(), () -> read(keys.resolve("keytool.log")));

        KeyStore loaded = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        certificate = pem("CERTIFICATE", loaded.getCertificate("daemon").getEncoded());
        key = pem("PRIVATE KEY", loaded.getKey("daemon", PASSWORD.toCharArray()).getEncoded());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static Path pem(String type, byte[] content) throws IOException {
        String body = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(content);
        return Files.writeString(
                keys.resolve(type.replace(' ', '-') + ".pem"),
                "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n");
    }

    private ImageServer start(String... flags) {
        return ImageServer.start(TestDaemon.config(folder.resolve("data"), flags), Clock.systemUTC());
    }

    private ImageServer startEncrypted(String address) {
        return start("--listen", address, "--tls-cert", certificate.toString(), "--tls-key", key.toString());
    }

    @Test
    void clientThatTrustsTheCertificateIsServed() throws IOException {
        try (ImageServer server = startEncrypted("127.0.0.1:0");
                RemoteImageStores stores = RemoteImageStores.builder(
                                server.addresses().get(0).toString())
                        .tls(certificate)
                        .build()) {
            assertEquals(List.of(), stores.namespace("default").list());
        }
    }

    @Test
    void addressBeyondTheLoopbackInterfaceIsAllowedWithACertificate() throws IOException {
        try (ImageServer server = startEncrypted("0.0.0.0:0")) {
            int port = ((ListenAddress.Tcp) server.addresses().get(0)).address().getPort();
            try (RemoteImageStores stores = RemoteImageStores.builder("localhost:" + port)
                    .tls(certificate)
                    .build()) {
                assertEquals(List.of(), stores.namespace("default").list());
            }
        }
    }

    @Test
    void clientThatDoesNotTrustOrDoesNotEncryptIsNotServed() {
        try (ImageServer server = startEncrypted("127.0.0.1:0")) {
            String address = server.addresses().get(0).toString();
            try (RemoteImageStores stores =
                    RemoteImageStores.builder(address).tls().build()) {
                assertThrows(
                        Unavailable.class, () -> stores.namespace("default").list());
            }
            try (RemoteImageStores stores = RemoteImageStores.connect(address)) {
                assertThrows(
                        Unavailable.class, () -> stores.namespace("default").list());
            }
        }
    }

    @Test
    void certificateAndKeyGoTogether() {
        for (String flag : List.of("--tls-cert", "--tls-key")) {
            FailedPrecondition refused = assertThrows(
                    FailedPrecondition.class,
                    () -> start("--listen", "127.0.0.1:0", flag, certificate.toString())
                            .close());
            assertEquals("--tls-cert and --tls-key go together: failed precondition", refused.getMessage());
        }
    }

    @Test
    void certificateThatIsNoneIsRefused() throws IOException {
        Path junk = Files.writeString(folder.resolve("junk.pem"), "junk");
        for (Path wrong : List.of(junk, new File(folder.toFile(), "missing.pem").toPath())) {
            FailedPrecondition refused = assertThrows(
                    FailedPrecondition.class,
                    () -> start("--listen", "127.0.0.1:0", "--tls-cert", wrong.toString(), "--tls-key", key.toString())
                            .close());
            assertTrue(String.valueOf(refused.getMessage()).startsWith("the daemon cannot listen: "));
        }
    }
}
