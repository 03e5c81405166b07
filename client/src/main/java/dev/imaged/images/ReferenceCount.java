package dev.imaged.images;

import dev.imaged.errors.ImageException.ResourceExhausted;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the references of one walk, each as often as it is listed: a few small documents that list each other many
 * times would keep a walk busy for years. Thread-safe.
 */
public final class ReferenceCount {
    /** How many references a walk may have by default, as in containerd. */
    public static final int DEFAULT_MAX = 10_000;

    private final int max;
    private final AtomicInteger left;

    /**
     * Starts to count the references of a walk.
     *
     * @param max how many it may have, its roots included, at least 1
     * @throws IllegalArgumentException when {@code max} is less than 1
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
     * @param source the name in a message of the document that lists them
     * @throws ResourceExhausted when the walk has more references than it may have
     */
    public void add(int references, String source) {
        if (left.accumulateAndGet(references, (before, added) -> before < added ? -1 : before - added) < 0) {
            throw ResourceExhausted.tooLarge(
                    source + ": too many descriptors (limit " + max + "): resource exhausted", null);
        }
    }
}
