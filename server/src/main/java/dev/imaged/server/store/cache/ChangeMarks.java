package dev.imaged.server.store.cache;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Tells the revision of the last change of a name, or a later one. A change is marked before it is committed. So an image that was
 * read at a revision is current as long as no mark is newer. Thread-safe, with one thread that marks.
 */
final class ChangeMarks {
    /** Many, so that a change seldom costs another image. A power of two. */
    private static final int STRIPES = 1 << 16;

    /** The revision of the last change of any image that falls on a stripe. */
    private final AtomicLongArray changed = new AtomicLongArray(STRIPES);

    /** Says that an image is about to change with a revision. */
    void changing(String namespace, String name, long revision) {
        changed.set(stripe(namespace, name), revision);
    }

    /** Returns a revision that no change of an image is newer than. */
    long lastChange(String namespace, String name) {
        return changed.get(stripe(namespace, name));
    }

    private static int stripe(String namespace, String name) {
        int hash = 31 * namespace.hashCode() + name.hashCode();
        return (hash ^ hash >>> 16) & (STRIPES - 1);
    }
}
