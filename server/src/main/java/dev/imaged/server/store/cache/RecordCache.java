package dev.imaged.server.store.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.imaged.server.store.record.EncodedRecord;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the images that were asked for of namespaces that are not in memory as a whole: finding one in the database reads some ten
 * nodes of a tree. Thread-safe.
 *
 * <p>An image counts for the revision of the snapshot that it was read from. A mark of a later change leaves it without effect, and
 * what readers of older snapshots bring later. So what is found here is never older than what anybody has seen.
 */
final class RecordCache {
    /** What an entry takes besides the texts: about what the objects of the cache do. */
    private static final int ENTRY_BYTES = 300;

    /** What is larger is not kept: it would push out many others. */
    private static final int LARGE_BYTES = 64 * 1024;

    private final ChangeMarks marks;
    private final Cache<Key, Entry> entries;
    private long maxBytes;

    /** Comparable, so that names chosen to have one hash do not make a look-up slow. */
    private record Key(String namespace, String name) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = name.compareTo(other.name);
            return order != 0 ? order : namespace.compareTo(other.namespace);
        }
    }

    /**
     * An image as it was in a snapshot.
     *
     * @param database the database that it was read from: one that is opened again may have lost its last revisions
     */
    private record Entry(Object database, long revision, EncodedRecord record) {}

    RecordCache(long maxBytes, ChangeMarks marks) {
        this.marks = marks;
        this.maxBytes = maxBytes;
        this.entries = Caffeine.newBuilder()
                .executor(Runnable::run)
                .maximumWeight(maxBytes)
                .<Key, Entry>weigher((key, entry) ->
                        ENTRY_BYTES + key.name().length() + entry.record().value().length)
                .build();
    }

    /** Returns an image as it is in the snapshot of a revision, if it is kept and unchanged since that and until now. */
    @Nullable
    EncodedRecord get(Object database, long snapshot, String namespace, String name) {
        Key key = new Key(namespace, name);
        Entry entry = entries.getIfPresent(key);
        if (entry == null || entry.database() != database) {
            return null;
        }
        long lastChange = marks.lastChange(namespace, name);
        return lastChange <= Math.min(entry.revision(), snapshot) ? entry.record() : null;
    }

    /** Keeps an image that was read from the snapshot of a revision. */
    void put(Object database, long snapshot, String namespace, String name, EncodedRecord record) {
        if (record.size() <= LARGE_BYTES) {
            entries.put(new Key(namespace, name), new Entry(database, snapshot, record));
        }
    }

    /** Forgets all images, and with them the database that they were read from. */
    void clear() {
        entries.invalidateAll();
    }

    /** Sets about how many bytes may be kept. */
    synchronized void resize(long bytes) {
        if (Math.abs(maxBytes - bytes) > maxBytes / 16) { // a change costs a look at what is kept
            maxBytes = bytes;
            entries.policy().eviction().orElseThrow().setMaximum(bytes);
        }
    }
}
