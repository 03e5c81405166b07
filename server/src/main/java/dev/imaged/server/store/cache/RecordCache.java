package dev.imaged.server.store.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.imaged.server.store.record.EncodedRecord;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the images that were asked for: finding one in the database reads some ten nodes of a tree. Thread-safe.
 *
 * <p>An image counts for the revision of the snapshot that it was read from. Before a change is committed, it says so here,
 * which leaves all that was read before it, and all that readers of older snapshots bring later, without effect. So what is
 * found here is never older than what anybody has seen.
 */
public final class RecordCache {
    /** Many, so that a change seldom costs another image. A power of two. */
    private static final int STRIPES = 1 << 16;

    /** What an entry takes besides the texts: about what the objects of the cache do. */
    private static final int ENTRY_BYTES = 200;

    /** What is larger is not kept: it would push out many others. */
    private static final int LARGE_BYTES = 64 * 1024;

    /** The revision of the last change of any image whose key falls on a stripe. */
    private final AtomicLongArray changed = new AtomicLongArray(STRIPES);

    private final Cache<Key, Entry> entries;

    /** Comparable, so that names chosen to have one hash do not make a look-up slow. */
    private record Key(String namespace, String name) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = name.compareTo(other.name);
            return order != 0 ? order : namespace.compareTo(other.namespace);
        }

        int stripe() {
            int hash = hashCode();
            return (hash ^ hash >>> 16) & (STRIPES - 1);
        }
    }

    /**
     * An image as it was in a snapshot.
     *
     * @param database the database that it was read from: one that is opened again may have lost its last revisions
     */
    private record Entry(Object database, long revision, EncodedRecord record) {}

    RecordCache(long maxBytes) {
        this.entries = Caffeine.newBuilder()
                .executor(Runnable::run)
                .maximumWeight(maxBytes)
                .<Key, Entry>weigher((key, entry) ->
                        ENTRY_BYTES + key.name().length() + entry.record().value().length)
                .build();
    }

    /** Returns an image if it is kept and unchanged, as it is in the newest snapshot. */
    @Nullable
    public EncodedRecord get(Object database, String namespace, String name) {
        return get(database, Long.MAX_VALUE, namespace, name);
    }

    /** Returns an image as it is in the snapshot of a revision, if it is kept and unchanged since that and until now. */
    @Nullable
    public EncodedRecord get(Object database, long snapshot, String namespace, String name) {
        Key key = new Key(namespace, name);
        Entry entry = entries.getIfPresent(key);
        if (entry == null || entry.database() != database) {
            return null;
        }
        return changed.get(key.stripe()) <= Math.min(entry.revision(), snapshot) ? entry.record() : null;
    }

    /** Keeps an image that was read from the snapshot of a revision. */
    public void put(Object database, long snapshot, String namespace, String name, EncodedRecord record) {
        if (record.size() <= LARGE_BYTES) {
            entries.put(new Key(namespace, name), new Entry(database, snapshot, record));
        }
    }

    /** Forgets all images, and with them the database that they were read from. */
    public void clear() {
        entries.invalidateAll();
    }

    /** Says that an image is about to change with a revision; for the one thread that writes, before it commits. */
    public void changing(String namespace, String name, long revision) {
        changed.set(new Key(namespace, name).stripe(), revision);
    }
}
