package dev.imaged.server.store.write;

import dev.imaged.server.store.kv.WriteActivity;
import java.time.Duration;

/**
 * Measures how much there is to write, so that the database tidies up when that disturbs least, and says when to tell it. For one
 * thread.
 */
final class ActivityMeter {
    /** The time between two looks, at most. */
    static final Duration STEP = Duration.ofSeconds(1);

    /** How much time is looked at, to find that there is less to write. */
    static final Duration PERIOD = Duration.ofSeconds(10);

    /** What writes take of a period of a light load, at most. */
    private static final Duration LIGHT_WORK = PERIOD.dividedBy(20);

    private WriteActivity activity = WriteActivity.BUSY;
    private long periodBegan;
    private long stepped;
    private long worked;

    /** @param now nanoseconds of any origin, as all times here */
    ActivityMeter(long now) {
        periodBegan = now;
        stepped = now;
    }

    /** Says that writes took some time, not counting what they waited for. */
    void worked(long nanos) {
        worked += nanos;
    }

    /** Whether to look now: after a step, and at once when there is more to write. */
    boolean isDue(long now) {
        WriteActivity before = activity;
        WriteActivity found = worked >= LIGHT_WORK.toNanos()
                ? WriteActivity.BUSY
                : worked > 0 ? WriteActivity.LIGHT : WriteActivity.IDLE;
        if (found == WriteActivity.BUSY || now - periodBegan >= PERIOD.toNanos()) {
            activity = found;
            periodBegan = now;
            worked = 0;
        } else if (found.compareTo(activity) > 0) {
            activity = found;
        }
        if (now - stepped < STEP.toNanos() && activity.compareTo(before) <= 0) {
            return false;
        }
        stepped = now;
        return true;
    }

    WriteActivity activity() {
        return activity;
    }
}
