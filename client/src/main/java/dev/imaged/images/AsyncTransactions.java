package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.concurrent.CompletableFuture;

/**
 * Changes several images of one namespace at once, and takes changes back; no call waits for its answer. {@link Transactions} says what
 * each call does, and with which errors.
 *
 * <p>No call throws: the future fails instead, always with an {@link ImageException}. Futures may complete on the store's own threads, so
 * code that depends on a future must not block. Cancelling a future ends the call; the commit may still take place: send a request with
 * the same id to learn whether it did. Thread-safe.
 */
public interface AsyncTransactions {
    /** See {@link Transactions#apply}. */
    CompletableFuture<Applied> apply(Apply apply);

    /** See {@link Transactions#revert}. */
    CompletableFuture<Applied> revert(Revert revert);

    /** See {@link Transactions#undo}. */
    CompletableFuture<Applied> undo(Undo undo);
}
