package dev.imaged.server.store.write;

import dev.imaged.server.store.record.Change;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * How long changes and their history are kept. A commit is kept or dropped as a whole. The newest always stays: the clock goes on
 * from it.
 *
 * @param maxChanges how many changes are kept, apart from the last few that wait to be dropped together
 * @param maxAge how long they are kept, with the same exception
 */
public record Retention(long maxChanges, Duration maxAge) {
    /** Drops nothing. */
    public static final Retention ALL = new Retention(Long.MAX_VALUE, Duration.ofDays(36_500));

    /** After how many changes old ones are dropped: each time costs a commit the oldest pages of the changes. */
    private static final int GROUP = 64;

    /** How many old changes are dropped at most for each new one, so that a backlog does not stall a commit. */
    private static final int DROPS_A_CHANGE = 2;

    /** More than twice the writes of the largest batch, so that dropping keeps up. A commit of several images may have more. */
    private static final long MAX_DROPS = 2500;

    /** About how many bytes of images are dropped at most at once: they are in memory meanwhile. */
    private static final long MAX_DROPPED_BYTES = 8L * 1024 * 1024;

    /** Returns after how many changes it is time to prune; at most a small share of what is kept is late. */
    long interval() {
        return Math.min(GROUP, 1 + maxChanges / GROUP);
    }

    /**
     * Drops some of the commits that are too old, or whose changes are too many.
     *
     * @param made how many changes were made since the last time, 0 when the store is idle
     */
    void prune(BatchTransaction transaction, long made, Instant now) {
        long limit = made == 0 ? MAX_DROPS : Math.max(DROPS_A_CHANGE, DROPS_A_CHANGE * made);
        long kept = transaction.keptChanges();
        Instant oldest = now.minus(maxAge);
        List<Change> due = new ArrayList<>();
        long[] bytes = {0};
        transaction.forEachChange(change -> {
            boolean isOfLastCommit = change.revision() >= transaction.revision();
            boolean hasRoom = due.size() < limit && bytes[0] < MAX_DROPPED_BYTES;
            boolean isDue =
                    hasRoom && (kept - due.size() > maxChanges || change.time().isBefore(oldest));
            boolean isDropped = !isOfLastCommit && (isDue || change.index() > 0);
            bytes[0] += change.before().length + change.after().length;
            return isDropped && due.add(change);
        });
        due.forEach(transaction::drop);
    }
}
