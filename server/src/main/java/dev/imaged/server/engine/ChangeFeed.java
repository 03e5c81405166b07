package dev.imaged.server.engine;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Position;
import dev.imaged.server.engine.ImageCatalog.EncodedChange;
import java.util.List;

/**
 * A place in the log from which changes are read. Nothing is queued for it. {@link #next} is for one thread at a time, all others are
 * thread-safe.
 */
public interface ChangeFeed extends AutoCloseable {
    /**
     * Some changes, all of whole commits unless it is partial.
     *
     * @param changes in order; none if nothing that matches was committed
     * @param position the place behind them; if the batch is partial, the place before the commit of the last change
     * @param isPartial whether more of the last change's commit follows
     */
    record Batch(List<EncodedChange> changes, Position position, boolean isPartial) {}

    /**
     * Returns the next changes, and moves behind them. It does not wait for any.
     *
     * @param maxBytes the most bytes of their messages, unless a single one has more
     * @throws ImageException.OutOfRange with the reason {@code REVISION_DROPPED} when the next changes are not kept any more
     */
    Batch next(int maxBytes, Cancellation cancellation);

    /** Whether there may be changes to return. */
    boolean hasNext();

    /** Whether there were changes to return, and some of them are not kept any more. */
    boolean isLost();

    /** Ends the feed: nobody is woken any more. */
    @Override
    void close();
}
