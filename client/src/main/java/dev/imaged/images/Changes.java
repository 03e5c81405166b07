package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.concurrent.Flow;

/** The changes of all images, in the order in which they were made. Thread-safe. */
public interface Changes {
    /**
     * Starts to watch changes. The caller has to close the watch.
     *
     * @throws ImageException.InvalidArgument when a namespace or a filter breaks a rule; a remote store says so with the first event
     */
    Watch watch(WatchOptions options);

    /**
     * Returns the same events for subscribers that do not wait for them. Each subscriber has a watch of its own, which starts when it
     * subscribes.
     *
     * <p>A subscriber gets as many events as it asks for, one after the other. At most one message is read ahead of its requests. A watch
     * never completes. It ends when the subscriber cancels, or with {@code onError}, once, with an {@link ImageException} as {@link
     * Watch#hasNext} throws it; a request for less than one event ends it with an {@link IllegalArgumentException}.
     *
     * <p>Signals come on threads of the connection, of timers, or the one that asks for events. A subscriber that blocks delays its own
     * events only. A remote store has no thread for each subscriber; others have one.
     */
    default Flow.Publisher<WatchEvent> publisher(WatchOptions options) {
        return subscriber -> WatchThread.subscribe(this, options, subscriber);
    }
}
