package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.TestCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections to etcd that are encrypted. */
class EtcdTlsTest {
    @Test
    void aDaemonWithACertificateFollowsAClusterThatAsksForOne(@TempDir Path folder) throws Exception {
        TestCertificate certificate = TestCertificate.of(folder, "etcd");
        EtcdConfig.Tls tls = new EtcdConfig.Tls(certificate.chain(), certificate.chain(), certificate.key());
        try (EtcdCluster cluster = EtcdCluster.startEncrypted(tls)) {
            EtcdConfig config = cluster.newStore();
            Image image = new Image("a", new Descriptor("m", "sha256:" + "a".repeat(64), 1));
            try (ImageStores stores = EtcdDaemons.open(config, Clock.systemUTC())) {
                stores.namespace("ns").create(image);
                assertEquals(image.target(), stores.namespace("ns").get("a").target());
            }

            EtcdConfig without = new EtcdConfig(
                    config.endpoints(),
                    config.prefix(),
                    new EtcdConfig.Tls(certificate.chain(), null, null),
                    EtcdConfig.Reads.CURRENT);
            assertThrows(Unavailable.class, () -> EtcdDaemons.open(without, Clock.systemUTC()));
        }
    }

    @Test
    void aFileThatHoldsNoCertificateIsRefused(@TempDir Path folder) throws Exception {
        Path junk = Files.writeString(folder.resolve("junk.pem"), "junk");
        EtcdConfig config = new EtcdConfig(
                List.of("127.0.0.1:1"), "/p/", new EtcdConfig.Tls(junk, null, null), EtcdConfig.Reads.CURRENT);

        FailedPrecondition refused =
                assertThrows(FailedPrecondition.class, () -> EtcdDaemons.open(config, Clock.systemUTC()));

        assertTrue(refused.getMessage().startsWith("PEM file " + junk + " holds no certificate"), refused.getMessage());
    }
}
