package dev.imaged.images;

import dev.imaged.errors.ImageException;

/** The changes of all images, in the order in which they were made. Thread-safe. */
public interface Changes {
    /**
     * Starts to watch changes. The caller has to close the watch.
     *
     * @throws ImageException.InvalidArgument when a namespace or a filter breaks a rule; a remote store says so with the first event
     */
    Watch watch(WatchOptions options);
}
