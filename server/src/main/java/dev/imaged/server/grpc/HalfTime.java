package dev.imaged.server.grpc;

import java.util.function.LongSupplier;

/**
 * Time of a thread for tasks that take it long: half of it at most, so that what else waits for the thread gets the rest.
 * Thread-safe; threads that use it together share the half.
 */
final class HalfTime {
    private final LongSupplier nanos;
    private volatile long next;

    /** @param nanos a clock that only goes forward, in nanoseconds */
    HalfTime(LongSupplier nanos) {
        this.nanos = nanos;
        this.next = nanos.getAsLong();
    }

    /** Whether there is time for a task: as much has passed since the last one ended as it took. */
    boolean isLeft() {
        return nanos.getAsLong() - next >= 0;
    }

    /** Runs a task, which counts. */
    void run(Runnable task) {
        long start = nanos.getAsLong();
        try {
            task.run();
        } finally {
            long end = nanos.getAsLong();
            next = end + (end - start);
        }
    }
}
