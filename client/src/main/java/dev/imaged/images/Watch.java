package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The events of a watch, in order, each once. A remote watch connects again by itself when the connection is lost, and goes on behind the
 * last event. For one thread at a time; {@link #close} may be called on any thread.
 */
public interface Watch extends Iterator<WatchEvent>, AutoCloseable {
    /**
     * Waits for the next event; returns false once the watch is closed.
     *
     * @throws ImageException.OutOfRange when the position is not kept any more (reason {@code REVISION_DROPPED}), lies in the future
     *     ({@code REVISION_AHEAD}), or is of another store ({@code OTHER_STORE}), unless the watch {@linkplain
     *     WatchOptions#restarting restarts}
     * @throws ImageException.InvalidArgument when a namespace or a filter breaks a rule
     * @throws ImageException.Unavailable when the first connection fails, or the stores are closed
     * @throws ImageException.ResourceExhausted when the daemon has too many watches
     * @throws ImageException.Cancelled when the thread is interrupted
     */
    @Override
    boolean hasNext();

    /**
     * Returns the next event, and waits for it.
     *
     * @throws NoSuchElementException when the watch is closed
     * @throws ImageException as {@link #hasNext}
     */
    @Override
    WatchEvent next();

    /**
     * Returns the position of the last event that was returned, to watch from there later. It is null before the first event and while a
     * snapshot is not whole.
     */
    @Nullable
    Position position();

    /** Ends the watch, and a wait for its next event. */
    @Override
    void close();
}
