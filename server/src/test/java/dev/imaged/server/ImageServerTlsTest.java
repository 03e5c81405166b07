package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.remote.Address;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.remote.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon whose port is encrypted. */
class ImageServerTlsTest {
    @TempDir
    static Path keys;

    @TempDir
    Path folder;

    private static TestCertificate certificate;

    @BeforeAll
    static void makeCertificate() {
        certificate = TestCertificate.of(keys, "daemon");
    }

    private ImageServer start(String... flags) {
        return ImageServer.start(TestDaemon.config(folder.resolve("data"), flags), Clock.systemUTC());
    }

    private ImageServer startEncrypted(String address) {
        return startEncrypted(address, certificate.chain(), certificate.key());
    }

    private ImageServer startEncrypted(String address, Path chain, Path key) {
        return start("--listen", address, "--tls-cert", chain.toString(), "--tls-key", key.toString());
    }

    @Test
    void clientThatTrustsTheCertificateIsServed() throws IOException {
        try (ImageServer server = startEncrypted("127.0.0.1:0");
                RemoteImageStores stores = RemoteImageStores.builder(
                                server.addresses().get(0).toString())
                        .tls(certificate.chain())
                        .build()) {
            assertEquals(List.of(), stores.namespace("default").list());
        }
    }

    @Test
    void addressBeyondTheLoopbackInterfaceIsAllowedWithACertificate() throws IOException {
        try (ImageServer server = startEncrypted("0.0.0.0:0")) {
            int port = ((Address.Tcp) server.addresses().get(0)).port();
            try (RemoteImageStores stores = RemoteImageStores.builder("localhost:" + port)
                    .tls(certificate.chain())
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
            InvalidArgument refused = assertThrows(
                    InvalidArgument.class,
                    () -> start(
                                    "--listen",
                                    "127.0.0.1:0",
                                    flag,
                                    certificate.chain().toString())
                            .close());
            assertEquals("--tls-cert and --tls-key go together: invalid argument", refused.getMessage());
        }
    }

    @Test
    void aCertificateThatCannotBeUsedIsRefusedBeforeAnythingIsDone() throws IOException {
        Path junk = Files.writeString(folder.resolve("junk.pem"), "junk");
        FailedPrecondition refused = assertThrows(
                FailedPrecondition.class,
                () -> startEncrypted("127.0.0.1:0", junk, certificate.key()).close());
        assertEquals(
                "PEM file " + junk + " holds no certificate: expected -----BEGIN CERTIFICATE-----: failed precondition",
                refused.getMessage());
        assertFalse(Files.exists(folder.resolve("data")));
    }

    @Test
    void aCertificateThatIsReadAgainIsShownToNewConnectionsAndOpenOnesStay() throws IOException {
        Path chain = Files.copy(certificate.chain(), folder.resolve("chain.pem"));
        Path key = Files.copy(certificate.key(), folder.resolve("key.pem"));
        TestCertificate renewed = TestCertificate.of(folder, "renewed");
        try (ImageServer server = startEncrypted("127.0.0.1:0", chain, key);
                RemoteImageStores open = client(server, certificate)) {
            assertServes(open);

            Files.copy(renewed.chain(), chain, StandardCopyOption.REPLACE_EXISTING);
            server.reload(); // the certificate of another key
            try (RemoteImageStores old = client(server, certificate)) {
                assertServes(old);
            }

            Files.copy(renewed.key(), key, StandardCopyOption.REPLACE_EXISTING);
            server.reload();
            try (RemoteImageStores fresh = client(server, renewed);
                    RemoteImageStores old = client(server, certificate)) {
                assertServes(fresh);
                assertThrows(Unavailable.class, () -> assertServes(old));
            }
            assertServes(open);
        }
    }

    private static RemoteImageStores client(ImageServer server, TestCertificate trusted) {
        return RemoteImageStores.builder(server.addresses().get(0).toString())
                .tls(trusted.chain())
                .build();
    }

    private static void assertServes(RemoteImageStores stores) {
        assertEquals(List.of(), stores.namespace("default").list());
    }
}
