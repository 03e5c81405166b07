package dev.imaged.internal.time;

import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * The time of each write of a store: that of a clock, but later than the write before, even when the clock steps back
 * by up to a day. A clock that steps back further was wrong before or is wrong now, and the store cannot know which.
 * Writes follow it: otherwise they might have a wrong time for years, until the clock catches up. Thread-safe.
 */
public final class CommitClock {
    /** How far the newest write may be ahead of the clock and still be followed by a later time. */
    private static final Duration MAX_AHEAD = Duration.ofDays(1);

    private final Clock clock;
    private Instant last;

    /**
     * Makes a clock whose times follow {@code last}.
     *
     * @param last the time of the last write, {@link Instant#MIN} when there was none
     */
    public CommitClock(Clock clock, Instant last) {
        this.clock = clock;
        this.last = last;
    }

    /**
     * Returns a time later than the one before. It is earlier only when the clock has stepped back by more than a day,
     * which is logged.
     */
    public synchronized Instant next() {
        Instant next = peek();
        if (next.isBefore(last)) {
            warn(last, next);
        }
        last = next;
        return next;
    }

    /** Returns what {@link #next} would return, which can return it again. */
    public synchronized Instant peek() {
        Instant now = clock.instant();
        boolean isAhead = !now.isAfter(last) && Duration.between(now, last).compareTo(MAX_AHEAD) <= 0;
        return isAhead ? last.plusNanos(1) : now;
    }

    /**
     * Takes over the time of a write that another store made, and returns it. It returns the one before if that is later, unless by more
     * than a day: then the clocks have stepped back.
     */
    public synchronized Instant follow(Instant time) {
        boolean isBehind = time.isBefore(last) && Duration.between(time, last).compareTo(MAX_AHEAD) <= 0;
        last = isBehind ? last : time;
        return last;
    }

    private static void warn(Instant newest, Instant now) {
        System.getLogger(CommitClock.class.getName())
                .log(
                        Level.WARNING,
                        "the newest write has the time " + newest + ", more than a day after the clock, which says "
                                + now + ": writes have the time of the clock again");
    }
}
