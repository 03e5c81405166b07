package dev.imaged.server.xodus.cleaning;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says when a slice of cleaning ends: after some work, or at the next step once somebody waits to write. A patient slice rests
 * between steps, so that readers get the processor. One thread cleans, and another one writes.
 */
final class SlicePace {
    /** How long a patient slice works until it rests for as long. */
    private static final Duration STEP = Duration.ofMillis(1);

    private final LongSupplier nanoTime;
    private volatile boolean isWriterWaiting;
    private volatile @Nullable Thread resting;

    /** @param nanoTime the time in nanoseconds, of any origin */
    SlicePace(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Runs what waits until it may write. */
    <T> T makeWay(Supplier<T> wait) {
        isWriterWaiting = true;
        try {
            LockSupport.unpark(resting); // does nothing when nobody rests
            return wait.get();
        } finally {
            isWriterWaiting = false;
        }
    }

    /** A slice that starts now and ends after some work, even if a write waits: one always does. */
    BooleanSupplier firm(Duration work) {
        long end = nanoTime.getAsLong() + work.toNanos();
        return () -> nanoTime.getAsLong() - end >= 0;
    }

    /** A slice that starts now, and ends after some work, or at once when somebody waits to write. */
    BooleanSupplier patient(Duration work) {
        return new BooleanSupplier() {
            private long left = work.toNanos();
            private long stepped = nanoTime.getAsLong();

            @Override
            public boolean getAsBoolean() {
                long took = nanoTime.getAsLong() - stepped;
                if (!isWriterWaiting && took >= STEP.toNanos()) {
                    left -= took;
                    rest(took);
                    stepped = nanoTime.getAsLong();
                }
                return isWriterWaiting || left <= 0;
            }
        };
    }

    /** Rests for a while, or until somebody waits to write. */
    private void rest(long nanos) {
        resting = Thread.currentThread();
        try {
            if (!isWriterWaiting) { // or the writer came before it could see who rests
                LockSupport.parkNanos(this, nanos);
            }
        } finally {
            resting = null;
        }
    }
}
