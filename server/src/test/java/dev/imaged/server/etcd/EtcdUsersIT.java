package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.oci.Descriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Daemons over an etcd that lets only its users in. */
class EtcdUsersIT {
    private static final String PASSWORD = "s3cret";
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    @AutoClose
    private static EtcdCluster cluster;

    private static EtcdConfig anonymous;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = EtcdCluster.start(1);
        anonymous = cluster.newStore();
        EtcdAdmin admin = new EtcdAdmin(cluster);
        admin.addUser("daemon", PASSWORD, anonymous.prefix());
        try (ImageStores stores = EtcdDaemons.open(as("daemon", PASSWORD, null), Clock.systemUTC())) {
            stores.namespace("ns").create(image("before users"));
            admin.requireUsers();
            stores.namespace("ns").create(image("with users"));
        }
    }

    private static Image image(String name) {
        return new Image(name, TARGET);
    }

    private static EtcdConfig as(String name, String password, @Nullable Path file) {
        return as(anonymous.prefix(), new EtcdConfig.User(name, file, password));
    }

    private static EtcdConfig as(String prefix, EtcdConfig.User user) {
        return new EtcdConfig(anonymous.endpoints(), prefix, null, user, EtcdConfig.Reads.CURRENT);
    }

    @Test
    void aDaemonWithAUserReadsWritesAndFollows(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("password"), PASSWORD + "\n");
        try (ImageStores one = EtcdDaemons.open(as("daemon", "", file), Clock.systemUTC());
                ImageStores two = EtcdDaemons.open(as("daemon", PASSWORD, null), Clock.systemUTC())) {
            one.namespace("ns").create(image("a"));
            two.namespace("ns").create(image("b"));

            assertEquals(one.namespace("ns").list(), two.namespace("ns").list());
            assertEquals(TARGET, one.namespace("ns").get("b").target());
        }
    }

    @Test
    void aDaemonLogsInAgainWhenItsTokenIsNotValidAnyMore() throws Exception {
        try (ImageStores stores = EtcdDaemons.open(as("daemon", PASSWORD, null), Clock.systemUTC())) {
            stores.namespace("ns").create(image("c"));
            EtcdCluster.Member member = cluster.members().get(0);
            member.kill(); // which forgets all tokens
            member.start();

            for (int attempt = 0; ; attempt++) {
                try {
                    stores.namespace("ns").delete("c");
                    break;
                } catch (Unavailable e) { // until the member has started
                    assertTrue(attempt < 200, e.getMessage());
                    assertFalse(e.getMessage().contains("token"), e.getMessage());
                    Thread.sleep(50);
                }
            }
            assertThrows(NotFound.class, () -> stores.namespace("ns").get("c"));
        }
    }

    @Test
    void whoeverEtcdDoesNotLetInIsToldWhy() {
        String nobody = assertThrows(Unavailable.class, () -> EtcdDaemons.open(anonymous, Clock.systemUTC()))
                .getMessage();
        assertTrue(nobody.startsWith("etcd does not accept the user of this daemon: "), nobody);

        EtcdConfig wrong = as("daemon", "wrong", null);
        String impostor = assertThrows(Unavailable.class, () -> EtcdDaemons.open(wrong, Clock.systemUTC()))
                .getMessage();
        assertTrue(impostor.startsWith("etcd does not accept the user of this daemon: "), impostor);
        assertTrue(impostor.contains("invalid user ID or password"), impostor);

        EtcdConfig elsewhere = as("/other/", new EtcdConfig.User("daemon", null, PASSWORD));
        String stranger = assertThrows(Unavailable.class, () -> EtcdDaemons.open(elsewhere, Clock.systemUTC()))
                .getMessage();
        assertTrue(stranger.startsWith("etcd does not let this daemon do that: "), stranger);
    }

    @Test
    void aPasswordFileThatCannotBeReadIsRefusedAndAPasswordIsNotShown() {
        EtcdConfig missing = as("daemon", "", Path.of("/nowhere/password"));
        String refused = assertThrows(FailedPrecondition.class, () -> EtcdDaemons.open(missing, Clock.systemUTC()))
                .getMessage();
        assertTrue(refused.startsWith("the password for etcd cannot be read: "), refused);

        assertFalse(as("daemon", PASSWORD, null).toString().contains(PASSWORD));
    }
}
