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

    /** After how many writes old changes are dropped: each time costs a commit the oldest pages of the changes. */
    private static final int GROUP = 64;

    /** How many old changes are dropped at most for each write, so that a backlog does not stall a commit. */
    private static final int DROPS_A_WRITE = 2;

    /** More than twice the writes of the largest batch, so that dropping keeps up. */
    private static final long MAX_DROPS = 2500;

    /** Returns after how many writes it is time to prune; at most a small share of what is kept is late. */
    long interval() {
        return Math.min(GROUP, 1 + maxChanges / GROUP);
    }

    /**
     * Drops some of the commits that are too old, or whose changes are too many.
     *
     * @param writes how many commits were made since the last time, 0 when the store is idle
     */
    void prune(WriteTransaction transaction, long writes, Instant now) {
        long limit = writes == 0 ? MAX_DROPS : Math.min(MAX_DROPS, DROPS_A_WRITE * writes);
        long kept = transaction.keptChanges();
        Instant oldest = now.minus(maxAge);
        List<Change> due = new ArrayList<>();
        transaction.forEachChange(change -> {
            boolean isOfLastCommit = change.revision() >= transaction.revision();
            boolean isDue = due.size() < limit
                    && (kept - due.size() > maxChanges || change.time().isBefore(oldest));
            boolean isDropped = !isOfLastCommit && (isDue || change.index() > 0);
            return isDropped && due.add(change);
        });
        due.forEach(transaction::drop);
    }
}
