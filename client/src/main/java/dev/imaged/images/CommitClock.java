package dev.imaged.images;

import java.time.Clock;
import java.time.Instant;

/**
 * The time of each write of a store: that of a clock, but always later than the write before, also when the clock
 * steps back. Thread-safe.
 */
public final class CommitClock {
    private final Clock clock;
    private Instant last;

    /**
     * Makes a clock that goes on from {@code last}.
     *
     * @param last the time of the last write, {@link Instant#MIN} when there was none
     */
    public CommitClock(Clock clock, Instant last) {
        this.clock = clock;
        this.last = last;
    }

    /** Returns a time later than every one that was returned before. */
    public synchronized Instant next() {
        Instant now = clock.instant();
        last = now.isAfter(last) ? now : last.plusNanos(1);
        return last;
    }
}
