package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.remote.FakeDaemon.Mode;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which certificates several daemons have to show. */
class TlsFailoverTest {
    @TempDir
    static Path folder;

    private static TestCertificate ofOne;
    private static TestCertificate ofTwo;
    private static TestCertificate ofBoth;
    private static Path trusted;

    private TestNames names;

    @BeforeAll
    static void make() throws IOException {
        ofOne = certificate("one", "san=dns:one.test");
        ofTwo = certificate("two", "san=dns:two.test");
        ofBoth = certificate("both", "san=dns:both.test");
        trusted = folder.resolve("trusted.pem");
        for (TestCertificate one : List.of(ofOne, ofTwo, ofBoth)) {
            Files.writeString(
                    trusted, Files.readString(one.chain()), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    private static TestCertificate certificate(String name, String names) {
        return TestCertificate.of(folder, name, "-keyalg", "EC", "-ext", names);
    }

    @BeforeEach
    void open() throws IOException {
        InetAddress first = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        InetAddress second = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
        names = TestNames.open()
                .with("one.test", first)
                .with("two.test", second)
                .with("both.test", first, second);
    }

    @AfterEach
    void close() {
        names.close();
    }

    private static RemoteImageStores.Builder builder(String... addresses) {
        return RemoteImageStores.builder(List.of(addresses))
                .tls(trusted)
                .maxSilence(Duration.ofMillis(600))
                .maxBackoff(Duration.ofMillis(50));
    }

    private static String caller(RemoteImageStores of) {
        return of.namespace("ns").get("a").target().mediaType();
    }

    @Test
    void eachShowsTheCertificateOfItsOwnName() throws IOException {
        try (FakeDaemon one = FakeDaemon.start("one", "127.0.0.1", 0, ofOne);
                FakeDaemon two = FakeDaemon.start("two", "127.0.0.2", 0, ofTwo);
                RemoteImageStores stores = builder("one.test:" + one.port(), "two.test:" + two.port())
                        .build()) {
            String first = caller(stores);

            (first.equals("one") ? one : two).kill();

            assertEquals(first.equals("one") ? "two" : "one", caller(stores));
        }
    }

    @Test
    void oneWithTheCertificateOfAnotherNameIsPassedOver() throws IOException {
        try (FakeDaemon one = FakeDaemon.start("one", "127.0.0.1", 0, ofTwo);
                FakeDaemon two = FakeDaemon.start("two", "127.0.0.2", 0, ofTwo);
                RemoteImageStores stores = builder("one.test:" + one.port(), "two.test:" + two.port())
                        .build()) {
            assertEquals("two", caller(stores));
            assertEquals(0, one.calls());
        }
    }

    @Test
    void theErrorSaysWhatIsWrongWithTheCertificateOfEach() throws IOException {
        TestCertificate unknown = certificate("unknown", "san=dns:two.test");
        try (FakeDaemon one = FakeDaemon.start("one", "127.0.0.1", 0, ofTwo);
                FakeDaemon two = FakeDaemon.start("two", "127.0.0.2", 0, unknown);
                RemoteImageStores stores = builder("one.test:" + one.port(), "two.test:" + two.port())
                        .build()) {
            String error = assertThrows(Unavailable.class, () -> caller(stores)).getMessage();
            assertEquals(
                    "no answer from one.test:" + one.port() + " (127.0.0.1): its certificate is for another name: No"
                            + " subject alternative DNS name matching one.test found; no answer from two.test:"
                            + two.port() + " (127.0.0.2): its certificate is not signed by a CA that is trusted here",
                    error);
        }
    }

    @Test
    void allAddressesOfANameShowTheCertificateOfTheName() throws IOException {
        try (FakeDaemon one = FakeDaemon.start("one", "127.0.0.1", 0, ofBoth);
                FakeDaemon two = FakeDaemon.start("two", "127.0.0.2", one.port(), ofBoth);
                RemoteImageStores stores = builder("both.test:" + one.port()).build()) {
            String first = caller(stores);

            (first.equals("one") ? one : two).with(Mode.HUNG);

            assertEquals(first.equals("one") ? "two" : "one", caller(stores));
        }
    }

    @Test
    void anAddressOfANameWithTheCertificateOfAnotherNameIsPassedOver() throws IOException {
        try (FakeDaemon one = FakeDaemon.start("one", "127.0.0.1", 0, ofOne);
                FakeDaemon two = FakeDaemon.start("two", "127.0.0.2", one.port(), ofBoth);
                RemoteImageStores stores = builder("both.test:" + one.port()).build()) {
            assertEquals("two", caller(stores));
            assertEquals(1, two.calls());
        }
    }

    @Test
    void theNameThatTheCallerExpectsCountsForAll() throws IOException {
        try (FakeDaemon one = FakeDaemon.start("one", "127.0.0.1", 0, ofBoth);
                FakeDaemon two = FakeDaemon.start("two", "127.0.0.2", 0, ofTwo)) {
            RemoteImageStores.Builder builder =
                    builder("two.test:" + two.port(), "one.test:" + one.port()).authority("both.test");
            try (RemoteImageStores stores = builder.build()) {
                assertEquals("one", caller(stores));
                assertEquals(0, two.calls());
            }
        }
    }
}
