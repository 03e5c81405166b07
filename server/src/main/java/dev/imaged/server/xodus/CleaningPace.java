package dev.imaged.server.xodus;

import java.time.Duration;

/**
 * When a file may be cleaned that the engine leaves as it is: all writes wait for it and it takes a good part of a core, so there
 * has to be next to nothing to write, and one file at a time. For one thread.
 */
final class CleaningPace {
    /** The time between two files, at least. */
    static final Duration STEP = Duration.ofSeconds(1);

    /** How much time is looked at, to find that there is no load any more. */
    static final Duration PERIOD = Duration.ofSeconds(10);

    /** What writes take of a period that is calm. */
    private static final Duration CALM_WORK = PERIOD.dividedBy(20);

    private boolean isCalm;
    private long periodBegan;
    private long stepped;
    private long worked;

    /** @param now nanoseconds of any origin, as all times here */
    CleaningPace(long now) {
        periodBegan = now;
        stepped = now;
    }

    /** Says that writes took some time, not counting what they waited for. */
    void worked(long nanos) {
        worked += nanos;
    }

    /** Whether to clean a file now; that there is a load is known at once. */
    boolean isDue(long now) {
        boolean isLoad = worked >= CALM_WORK.toNanos();
        if (isLoad || now - periodBegan >= PERIOD.toNanos()) {
            isCalm = !isLoad;
            periodBegan = now;
            worked = 0;
        }
        if (!isCalm || now - stepped < STEP.toNanos()) {
            return false;
        }
        stepped = now;
        return true;
    }
}
