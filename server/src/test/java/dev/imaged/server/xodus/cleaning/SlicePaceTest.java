package dev.imaged.server.xodus.cleaning;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SlicePaceTest {
    private final AtomicLong now = new AtomicLong();
    private final SlicePace pace = new SlicePace(now::get);

    private void work(Duration duration) {
        now.addAndGet(duration.toNanos());
    }

    @Test
    void aFirmSliceEndsAfterItsWorkEvenIfAWriteWaits() {
        BooleanSupplier enough = pace.firm(Duration.ofMillis(3));

        work(Duration.ofMillis(2));
        assertFalse(pace.<Boolean>makeWay(enough::getAsBoolean));
        work(Duration.ofMillis(1));
        assertTrue(enough.getAsBoolean());
    }

    @Test
    void aPatientSliceEndsOnceSomebodyWaitsToWrite() {
        BooleanSupplier enough = pace.patient(Duration.ofMillis(3));

        assertFalse(enough.getAsBoolean());
        assertTrue(pace.<Boolean>makeWay(enough::getAsBoolean));
        assertFalse(pace.patient(Duration.ofMillis(3)).getAsBoolean());
    }

    @Test
    void aPatientSliceEndsAfterItsWork() {
        BooleanSupplier enough = pace.patient(Duration.ofMillis(3));

        work(Duration.ofMillis(2));
        assertFalse(enough.getAsBoolean());
        work(Duration.ofMillis(1));
        assertTrue(enough.getAsBoolean());
    }

    /** It rests for an hour unless it is woken. */
    @Test
    void aRestEndsOnceSomebodyWaitsToWrite() throws Exception {
        BooleanSupplier enough = pace.patient(Duration.ofDays(1));
        work(Duration.ofHours(1));
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        Thread cleaner = new Thread(() -> ended.complete(enough.getAsBoolean()));
        cleaner.start();
        while (LockSupport.getBlocker(cleaner) != pace) {
            Thread.onSpinWait();
        }

        assertTrue(pace.<Boolean>makeWay(ended::join));
        cleaner.join(TimeUnit.SECONDS.toMillis(60));
    }
}
