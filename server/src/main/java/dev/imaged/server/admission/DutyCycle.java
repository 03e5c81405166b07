package dev.imaged.server.admission;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Limits long tasks to half of a thread's time: after each task comes a pause of at least the same length, for other work of the
 * thread. Work that a task leaves for later does not count. Thread-safe; threads that use one object share the time.
 */
public final class DutyCycle {
    private final LongSupplier nanos;
    private final AtomicLong next;

    /** @param nanos a clock that only goes forward, in nanoseconds */
    public DutyCycle(LongSupplier nanos) {
        this.nanos = nanos;
        this.next = new AtomicLong(nanos.getAsLong());
    }

    /** Whether there is time for a task: the pause after the last one is over. */
    public boolean isLeft() {
        return nanos.getAsLong() - next.get() >= 0;
    }

    /** Returns the time now, in nanoseconds, for a task that starts before {@link #run} does. */
    public long now() {
        return nanos.getAsLong();
    }

    /**
     * Runs a task, and counts its time.
     *
     * @param start when the task started, as {@link #now} said
     */
    public void run(long start, Runnable task) {
        try {
            task.run();
        } finally {
            long end = nanos.getAsLong();
            next.accumulateAndGet(end + (end - start), DutyCycle::later);
        }
    }

    private static long later(long one, long other) {
        return one - other >= 0 ? one : other;
    }
}
