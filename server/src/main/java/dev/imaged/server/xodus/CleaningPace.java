package dev.imaged.server.xodus;

import java.time.Duration;

/**
 * Whether there is next to nothing to write, so that there is time to clean files thoroughly, and when to have the
 * {@link FileCleaner} look at them. For one thread.
 */
final class CleaningPace {
    /** The time between two looks, at most. */
    static final Duration STEP = Duration.ofSeconds(1);

    /** How much time is looked at, to find that there is no load any more. */
    static final Duration PERIOD = Duration.ofSeconds(10);

    /** What writes take of a period that is calm. */
    private static final Duration CALM_WORK = PERIOD.dividedBy(20);

    private boolean calm;
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

    /** Whether to look now: after a step, and at once when there is a load. */
    boolean isDue(long now) {
        boolean wasCalm = calm;
        boolean isLoad = worked >= CALM_WORK.toNanos();
        if (isLoad || now - periodBegan >= PERIOD.toNanos()) {
            calm = !isLoad;
            periodBegan = now;
            worked = 0;
        }
        if (now - stepped < STEP.toNanos() && calm == wasCalm) {
            return false;
        }
        stepped = now;
        return true;
    }

    boolean isCalm() {
        return calm;
    }
}
