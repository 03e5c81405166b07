package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Unavailable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often a client tries to connect while its daemon is away. */
class ReconnectionTest {
    /** gRPC's own waits between as many attempts add up to more than three minutes. */
    private static final int ATTEMPTS = 12;

    private static final long PATIENCE_SECONDS = 60;

    @Test
    void attemptsGoOnWithoutLongerWaitsAndWithoutCalls() throws Exception {
        CountDownLatch attempts = new CountDownLatch(ATTEMPTS);
        try (ServerSocket away = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                RemoteImageStores stores = RemoteImageStores.builder("127.0.0.1:" + away.getLocalPort())
                        .maxBackoff(Duration.ofMillis(50))
                        .build()) {
            Thread refusing = new Thread(() -> refuse(away, attempts), "refusing");
            refusing.setDaemon(true);
            refusing.start();
            assertThrows(Unavailable.class, () -> stores.namespace("default").list());
            assertTrue(attempts.await(PATIENCE_SECONDS, TimeUnit.SECONDS), () -> attempts.getCount() + " are missing");
        }
    }

    private static void refuse(ServerSocket server, CountDownLatch attempts) {
        try {
            while (true) {
                server.accept().close();
                attempts.countDown();
            }
        } catch (IOException e) {
            // the test has ended
        }
    }

    @Test
    void aSecondIsTheMostWhenNothingElseIsSaid() {
        assertEquals(Duration.ofSeconds(1), RemoteImageStores.DEFAULT_MAX_BACKOFF);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S"})
    void aBackoffIsGreaterThanZero(Duration backoff) {
        RemoteImageStores.Builder builder =
                RemoteImageStores.builder("localhost:1").maxBackoff(backoff);
        assertTrue(assertThrows(IllegalArgumentException.class, builder::build)
                .getMessage()
                .endsWith("is not greater than zero"));
    }
}
