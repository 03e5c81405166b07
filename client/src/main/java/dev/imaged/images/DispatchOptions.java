package dev.imaged.images;

import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * How much a {@link Dispatch} does at once and in all. Immutable; thread-safe.
 *
 * @param limit how many handlers of the dispatch are in flight at most, at least 1
 * @param limiter gives each handler in flight a permit, so that several dispatches share a limit; null for no shared
 *     limit. A handler that itself dispatches with the same limiter may wait for ever.
 * @param maxReferences how many descriptors the dispatch may meet, each as often as it is listed, at least 1
 */
public record DispatchOptions(int limit, @Nullable Semaphore limiter, int maxReferences) {
    /** How many handlers are in flight at most by default: they mostly wait for content. */
    public static final int DEFAULT_LIMIT = 16;

    /** No shared limit, {@value #DEFAULT_LIMIT} handlers, {@value ReferenceCount#DEFAULT_MAX} references. */
    public static final DispatchOptions DEFAULT = new DispatchOptions(DEFAULT_LIMIT, null, ReferenceCount.DEFAULT_MAX);

    /** @throws IllegalArgumentException when the limit or the number of references is less than 1 */
    public DispatchOptions {
        if (limit < 1 || maxReferences < 1) {
            throw new IllegalArgumentException(
                    "limit and maxReferences must be at least 1, are " + limit + " and " + maxReferences);
        }
    }

    /** Returns these options with another limit of this dispatch alone. */
    public DispatchOptions withLimit(int other) {
        return new DispatchOptions(other, limiter, maxReferences);
    }

    /** Returns these options with another limit that several dispatches share. */
    public DispatchOptions withLimiter(@Nullable Semaphore other) {
        return new DispatchOptions(limit, other, maxReferences);
    }

    /** Returns these options with another number of references. */
    public DispatchOptions withMaxReferences(int other) {
        return new DispatchOptions(limit, limiter, other);
    }
}
