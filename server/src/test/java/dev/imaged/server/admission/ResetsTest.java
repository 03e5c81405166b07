package dev.imaged.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When a peer has cancelled too many calls. */
class ResetsTest {
    private final AtomicLong nanos = new AtomicLong();
    private int ended;
    private final Resets resets = new Resets(100, nanos::get, () -> ended++);

    private void count(int times) {
        for (int i = 0; i < times; i++) {
            resets.count();
        }
    }

    @Test
    void connectionEndsOnceWhenThereAreMoreInTheWindow() {
        count(100);
        assertEquals(0, ended);
        count(500);
        assertEquals(1, ended);
    }

    @Test
    void windowThatIsOverDoesNotCount() {
        for (int i = 0; i < 10; i++) {
            count(100);
            nanos.addAndGet(Duration.ofSeconds(10).toNanos() + 1);
        }
        assertEquals(0, ended);
    }
}
