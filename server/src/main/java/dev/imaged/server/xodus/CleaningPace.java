package dev.imaged.server.xodus;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * How much of the files has to be in use, before the engine cleans them: cleaning holds up writes, so under load they may take
 * three times of what is in use, and are made smaller when there is next to nothing to write. For one thread.
 */
final class CleaningPace {
    /** Percent of the files' bytes, under load, with which it begins. */
    static final int BUSY = 33;

    /** Percent of the files' bytes, when there is next to nothing to write. */
    static final int CALM = 90;

    /** How much time is looked at, to find that there is no load any more. */
    static final Duration PERIOD = Duration.ofSeconds(10);

    /** What writes take of a period that is calm. */
    private static final Duration CALM_WORK = PERIOD.dividedBy(20);

    private int minUtilization = BUSY;
    private long periodBegan;
    private long worked;

    /** @param now nanoseconds of any origin, as all times here */
    CleaningPace(long now) {
        periodBegan = now;
    }

    /** Says that writes took some time, not counting what they waited for. */
    void worked(long nanos) {
        worked += nanos;
    }

    /** Returns how much of the files has to be in use from now on, in percent, if that has changed: to a load at once. */
    OptionalInt next(long now) {
        boolean isLoad = worked >= CALM_WORK.toNanos();
        boolean isOver = now - periodBegan >= PERIOD.toNanos();
        int before = minUtilization;
        if (isLoad || isOver) {
            minUtilization = isLoad ? BUSY : CALM;
            periodBegan = now;
            worked = 0;
        }
        return minUtilization == before ? OptionalInt.empty() : OptionalInt.of(minUtilization);
    }
}
