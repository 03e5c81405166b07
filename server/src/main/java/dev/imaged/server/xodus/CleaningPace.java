package dev.imaged.server.xodus;

import java.time.Duration;

/**
 * How much there is to write, so that the {@link FileCleaner} keeps out of the way, and when it should look at the files. For one
 * thread.
 */
final class CleaningPace {
    /** The time between two looks, at most. */
    static final Duration STEP = Duration.ofSeconds(1);

    /** How much time is looked at, to find that there is less to write. */
    static final Duration PERIOD = Duration.ofSeconds(10);

    /** What writes take of a period of a light load, at most. */
    private static final Duration LIGHT_WORK = PERIOD.dividedBy(20);

    private Load load = Load.HEAVY;
    private long periodBegan;
    private long stepped;
    private long worked;

    /** How much there is to write. */
    enum Load {
        NONE,
        LIGHT,
        HEAVY
    }

    /** @param now nanoseconds of any origin, as all times here */
    CleaningPace(long now) {
        periodBegan = now;
        stepped = now;
    }

    /** Says that writes took some time, not counting what they waited for. */
    void worked(long nanos) {
        worked += nanos;
    }

    /** Whether to look now: after a step, and at once when there is more to write. */
    boolean isDue(long now) {
        Load before = load;
        Load found = worked >= LIGHT_WORK.toNanos() ? Load.HEAVY : worked > 0 ? Load.LIGHT : Load.NONE;
        if (found == Load.HEAVY || now - periodBegan >= PERIOD.toNanos()) {
            load = found;
            periodBegan = now;
            worked = 0;
        } else if (found.compareTo(load) > 0) {
            load = found;
        }
        if (now - stepped < STEP.toNanos() && load.compareTo(before) <= 0) {
            return false;
        }
        stepped = now;
        return true;
    }

    Load load() {
        return load;
    }
}
