package dev.imaged.server.admission;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Counts the calls that the peer of a connection cancels. Once there are too many, the connection ends. For one thread. */
public final class Resets {
    static final Duration WINDOW = Duration.ofSeconds(10);

    private final int max;
    private final LongSupplier nanos;
    private final Runnable end;
    private long windowStart;
    private int count;
    private boolean ended;

    /**
     * Counts from now on.
     *
     * @param max how many calls a peer may cancel within {@link #WINDOW}
     * @param nanos a clock that only goes forward, in nanoseconds
     * @param end ends the connection; called once, when the peer has cancelled more
     */
    Resets(int max, LongSupplier nanos, Runnable end) {
        this.max = max;
        this.nanos = nanos;
        this.end = end;
        this.windowStart = nanos.getAsLong();
    }

    void count() {
        long now = nanos.getAsLong();
        if (now - windowStart > WINDOW.toNanos()) {
            windowStart = now;
            count = 0;
        }
        count++;
        if (count > max && !ended) {
            ended = true;
            end.run();
        }
    }
}
