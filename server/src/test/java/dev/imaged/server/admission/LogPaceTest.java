package dev.imaged.server.admission;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How often a line is logged. */
class LogPaceTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE);

    @Test
    void lineIsDueAtOnceAndThenAfterTenSeconds() {
        LogPace pace = new LogPace(nanos::get);
        assertTrue(pace.isDue());
        assertFalse(pace.isDue());
        nanos.addAndGet(Duration.ofSeconds(10).toNanos() - 1); // over the greatest number that there is
        assertFalse(pace.isDue());
        nanos.incrementAndGet();
        assertTrue(pace.isDue());
        assertFalse(pace.isDue());
    }
}
