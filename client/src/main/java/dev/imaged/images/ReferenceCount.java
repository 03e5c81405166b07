package dev.imaged.images;

import dev.imaged.errors.ImageException.ResourceExhausted;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the references of one walk, each as often as it is listed: a few small documents that list each other many times
 * over would keep a walk busy for years. Thread-safe.
 */
public final class ReferenceCount {
    /** How many references a walk may have when nothing else is said, as in containerd. */
    public static final int DEFAULT_MAX = 10_000;

    private final int max;
    private final AtomicInteger left;

    /**
     * A walk without references so far.
     *
     * @param max how many it may have, its roots included, at least 1
     * @throws IllegalArgumentException when that is less than 1
     */
    public ReferenceCount(int max) {
        if (max < 1) {
            throw new IllegalArgumentException("maxReferences must be at least 1, is " + max);
        }
        this.max = max;
        this.left = new AtomicInteger(max);
    }

    /**
     * Adds references.
     *
     * @param source what lists them, for the message
     * @throws ResourceExhausted when the walk has more than it may have
     */
    public void add(int references, String source) {
        if (left.accumulateAndGet(references, (before, added) -> before < added ? -1 : before - added) < 0) {
            throw new ResourceExhausted(
                    source + ": too many descriptors (limit " + max + "): resource exhausted", null);
        }
    }
}
