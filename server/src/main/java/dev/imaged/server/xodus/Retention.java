package dev.imaged.server.xodus;

import java.time.Duration;
import java.time.Instant;

/**
 * How long changes and their history are kept. The newest change always stays: the clock goes on from it.
 *
 * @param maxChanges how many are kept at most
 * @param maxAge how long they are kept at most
 */
public record Retention(long maxChanges, Duration maxAge) {
    /** How many old changes a transaction drops at most for each write of its own, so that a backlog does not stall it. */
    private static final int DROPS_A_WRITE = 2;

    private static final int DROPS_WHEN_IDLE = 1000;

    /** Drops some of the changes that are too old or too many. */
    void prune(WriteTransaction transaction, int writesInBatch, Instant now) {
        int limit = writesInBatch == 0 ? DROPS_WHEN_IDLE : DROPS_A_WRITE * writesInBatch;
        for (int dropped = 0; dropped < limit; dropped++) {
            Change oldest = transaction.oldestChange();
            if (oldest == null || oldest.revision() >= transaction.revision() || !isDue(oldest, transaction, now)) {
                return;
            }
            transaction.drop(oldest);
        }
    }

    private boolean isDue(Change oldest, WriteTransaction transaction, Instant now) {
        return transaction.revision() - oldest.revision() >= maxChanges
                || oldest.time().isBefore(now.minus(maxAge));
    }
}
