package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * Lists of the images of one namespace, however many; no call waits for its answer. {@link Pages} says what each call does, and with which
 * errors. Thread-safe.
 */
public interface AsyncPages {
    /**
     * See {@link Pages#page}. The call does not throw: the future fails instead, always with an {@link ImageException}. It may complete on
     * the store's own threads, so code that depends on it must not block. Cancelling it ends the call.
     */
    CompletableFuture<Page> page(PageOptions options);

    /**
     * Returns a list of one revision, however long, part by part. Each subscriber gets a list of its own, which starts when it subscribes.
     * All parts have the same position. The first part always comes, even if no image matches; then it is empty.
     *
     * <p>A subscriber gets as many parts as it asks for, one after the other. At most one part is read ahead of its requests, so that a
     * list takes a fixed amount of memory on both ends. It is whole once it completes. It ends early when the subscriber cancels, or with
     * {@code onError}, once, with an {@link ImageException}, which may be {@link ImageException.OutOfRange} when the subscriber is so slow
     * that the changes since the revision are dropped; a request for less than one part ends it with an {@link IllegalArgumentException}.
     *
     * <p>Signals come on threads of the connection, of timers, or the one that asks for parts. A subscriber that blocks delays its own
     * parts only.
     */
    Flow.Publisher<ListPart> stream(ListOptions options);
}
