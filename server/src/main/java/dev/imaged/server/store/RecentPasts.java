package dev.imaged.server.store;

import dev.imaged.server.store.kv.Snapshot;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The past images of the lists that were read last, so that the next part of a list does not look at all changes again. It is
 * only a cache: what it has forgotten is read from the log again. Thread-safe.
 */
final class RecentPasts {
    private static final int MAX_COUNT = 256;

    private final long maxBytes;
    private final long maxListBytes;

    /** The last used first. */
    private final Deque<PastImages> kept = new ArrayDeque<>();

    private long bytes;

    /**
     * Makes an empty cache.
     *
     * @param maxBytes about how many bytes it keeps
     * @param maxListBytes about how many bytes the past images of one list take, while a part of it is read and afterwards
     */
    RecentPasts(long maxBytes, long maxListBytes) {
        this.maxBytes = maxBytes;
        this.maxListBytes = maxListBytes;
    }

    /** Returns the past images of a list from a key on, for the caller alone. */
    PastImages take(Snapshot snapshot, Set<String> namespaces, long revision, byte[] from) {
        PastImages known = find(snapshot.identity(), namespaces, revision, from);
        return known != null && known.forgetBefore(from)
                ? known
                : new PastImages(snapshot.identity(), namespaces, revision, from, maxListBytes);
    }

    private synchronized @Nullable PastImages find(
            Object database, Set<String> namespaces, long revision, byte[] from) {
        for (Iterator<PastImages> all = kept.iterator(); all.hasNext(); ) {
            PastImages past = all.next();
            if (past.serves(database, namespaces, revision, from)) {
                all.remove();
                bytes -= past.bytes();
                return past;
            }
        }
        return null;
    }

    /** Keeps past images that the caller does not use any more. */
    synchronized void give(PastImages past) {
        if (past.bytes() > maxBytes) { // otherwise all others would go for it
            return;
        }
        kept.addFirst(past);
        bytes += past.bytes();
        while (bytes > maxBytes || kept.size() > MAX_COUNT) {
            bytes -= kept.removeLast().bytes();
        }
    }
}
