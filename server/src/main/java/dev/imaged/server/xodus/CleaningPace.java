package dev.imaged.server.xodus;

import java.time.Duration;

/**
 * How much of the files has to be in use, before the engine cleans them: cleaning holds up writes, so under load they may take
 * three times of what is in use, and are made smaller when there is next to nothing to write. For one thread.
 */
final class CleaningPace {
    /** Percent of the files' bytes, under load. */
    static final int BUSY = 33;

    /** Percent of the files' bytes, when there is little to write. */
    static final int CALM = 90;

    /** A load that pauses for less stays one. */
    static final Duration PERIOD = Duration.ofSeconds(10);

    /** The most of a period that writes may take when it is calm, in percent. */
    private static final int CALM_WORK = 2;

    private long periodBegan;
    private long worked;

    /** @param now nanoseconds of any origin, as all times here */
    CleaningPace(long now) {
        periodBegan = now;
    }

    /** Says that writes took some time. */
    void worked(long nanos) {
        worked += nanos;
    }

    /** Returns whether a period has ended, of which {@link #minUtilization} tells. */
    boolean isDue(long now) {
        return now - periodBegan >= PERIOD.toNanos();
    }

    /** Returns how much of the files has to be in use from now on, in percent, and begins the next period. */
    int minUtilization(long now) {
        boolean isCalm = worked * 100 < (now - periodBegan) * CALM_WORK;
        periodBegan = now;
        worked = 0;
        return isCalm ? CALM : BUSY;
    }
}
