package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.images.TestClock;
import dev.imaged.remote.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** When a certificate is refused, when its end is warned of, and what happens to its files meanwhile. */
class ServerCertificateTest {
    @TempDir
    static Path folder;

    private static TestCertificate made;
    private static Instant end;

    @RegisterExtension
    final LogRecorder log = new LogRecorder(ServerCertificate.class);

    private final TestClock clock = new TestClock();

    @BeforeAll
    static void make() {
        made = TestCertificate.of(folder, "made", "-keyalg", "EC", "-validity", "90");
        end = made.certificate().getNotAfter().toInstant();
    }

    private ServerCertificate read(Instant now) {
        clock.set(now);
        return new ServerCertificate(made.chain(), made.key(), clock);
    }

    private String refusal(Instant now) {
        return assertThrows(FailedPrecondition.class, () -> read(now)).getMessage();
    }

    @Test
    void aCertificateIsRefusedBeforeAndAfterItsTime() {
        Instant start = made.certificate().getNotBefore().toInstant();
        assertEquals(
                "the certificate in PEM file " + made.chain() + " has expired on " + end
                        + ": renew it: failed precondition",
                refusal(end.plusSeconds(1)));
        assertEquals(
                "the certificate in PEM file " + made.chain() + " is not valid before " + start + ", and it is "
                        + start.minusSeconds(1) + " now: give another one, or set the clock: failed precondition",
                refusal(start.minusSeconds(1)));
        read(start);
        read(end);
    }

    @Test
    void anEndWithin30DaysIsWarnedOfAtTheStartAndOnceADay() {
        try (DailyTimer timer = new DailyTimer()) {
            ServerCertificate certificate = read(end.minus(Duration.ofDays(31)));
            certificate.watchExpiry(timer);
            assertEquals(List.of(), log.warnings());

            clock.set(end.minus(Duration.ofDays(30)));
            timer.day.run();
            assertEquals(
                    List.of("the certificate of CN=made in " + made.chain() + " expires on " + end
                            + ", in 30 days: renew it and send SIGHUP"),
                    log.warnings());
            timer.day.run();
            assertEquals(2, log.warnings().size());

            clock.set(end.plusSeconds(1));
            timer.day.run();
            assertEquals(
                    "the certificate of CN=made in " + made.chain() + " has expired on " + end
                            + ": renew it and send SIGHUP",
                    log.warnings().get(2));
        }
        read(end.minus(Duration.ofDays(29)));
        assertEquals(4, log.warnings().size());
    }

    /** Keeps what is to be done each day. */
    private static final class DailyTimer extends ScheduledThreadPoolExecutor implements AutoCloseable {
        private Runnable day = () -> {};

        DailyTimer() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long first, long period, TimeUnit unit) {
            assertEquals(Duration.ofDays(1), Duration.of(first, unit.toChronoUnit()));
            assertEquals(Duration.ofDays(1), Duration.of(period, unit.toChronoUnit()));
            day = task;
            return super.schedule(() -> {}, 0, unit);
        }

        @Override
        public void close() {
            shutdownNow();
        }
    }

    @Test
    void aPairThatIsWrongWhenItIsReadAgainIsLoggedAndTheOldOneStays() throws IOException {
        TestCertificate renewed = TestCertificate.of(folder, "renewed", "-keyalg", "EC", "-validity", "365");
        Path chain = Files.copy(made.chain(), folder.resolve("chain.pem"));
        Path key = Files.copy(made.key(), folder.resolve("key.pem"));
        clock.set(end.minus(Duration.ofDays(60)));
        ServerCertificate certificate = new ServerCertificate(chain, key, clock);

        Files.copy(renewed.chain(), chain, StandardCopyOption.REPLACE_EXISTING);
        certificate.reload();
        assertEquals(made.certificate(), certificate.own());
        assertEquals(1, log.warnings().size());
        String warning = log.warnings().get(0);
        assertTrue(
                warning.startsWith("the TLS files are not used, and the certificate that expires on " + end
                        + " stays: the private key in PEM file " + key + " is not that of"),
                warning);

        Files.copy(renewed.key(), key, StandardCopyOption.REPLACE_EXISTING);
        certificate.reload();
        assertEquals(renewed.certificate(), certificate.own());
        assertEquals(1, log.warnings().size());
    }
}
