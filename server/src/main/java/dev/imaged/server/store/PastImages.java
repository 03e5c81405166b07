package dev.imaged.server.store;

import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the images of some namespaces at a revision differ from those of a later snapshot: the state of a name at a revision is the
 * image before its earliest change after that revision. It holds the differences in one range of keys, as many as
 * fit into memory. Namespaces are asked for in byte order. For one thread.
 */
final class PastImages {
    /** About what an image takes besides its key and its value. */
    private static final long IMAGE_BYTES = 160;

    private final Object database;
    private final Set<String> namespaces;
    private final long revision;
    private final long maxBytes;

    /** By the key of the image; an empty value where there was no image. */
    private final NavigableMap<byte[], Optional<EncodedRecord>> images = new TreeMap<>(Arrays::compareUnsigned);

    /** The least key of the range. */
    private byte[] from;

    /** The key behind the range, null when it has no end. */
    private byte @Nullable [] end;

    /** The revision up to which changes were looked at. */
    private long seen;

    private long bytes;

    /**
     * Makes the past of a revision. No change is read yet.
     *
     * @param database the {@linkplain Snapshot#identity identity} of the database
     * @param from the least key that is asked for
     * @param maxBytes the most bytes that they take, unless one alone has more
     */
    PastImages(Object database, Set<String> namespaces, long revision, byte[] from, long maxBytes) {
        this.database = database;
        this.namespaces = namespaces;
        this.revision = revision;
        this.from = from;
        this.maxBytes = maxBytes;
        this.seen = revision;
        this.bytes = IMAGE_BYTES * (1 + namespaces.size());
    }

    /** Returns the revision that the images are of. */
    long revision() {
        return revision;
    }

    /** Returns about how many bytes these images take. */
    long bytes() {
        return bytes;
    }

    /** Whether this has what a list of a revision needs from a key on. */
    boolean serves(Object asked, Set<String> askedNamespaces, long askedRevision, byte[] key) {
        return database == asked
                && revision == askedRevision
                && Arrays.compareUnsigned(key, from) >= 0
                && isBeforeEnd(key)
                && namespaces.equals(askedNamespaces);
    }

    /** Whether a key is not behind the range. */
    boolean isBeforeEnd(byte[] key) {
        return end == null || Arrays.compareUnsigned(key, end) < 0;
    }

    /** Whether the range has all keys before one. */
    boolean reaches(byte[] key) {
        return end == null || Arrays.compareUnsigned(key, end) <= 0;
    }

    /**
     * Looks at the changes up to a snapshot.
     *
     * @throws dev.imaged.errors.ImageException.OutOfRange when some of them are not kept any more
     */
    void catchUp(Snapshot snapshot, Cancellation cancellation) {
        long last = Revisions.last(snapshot);
        if (seen >= last) { // what came after the snapshot was the same before
            return;
        }
        Moments.requireKept(snapshot, seen);
        ChangeLog.forEach(snapshot, seen + 1, change -> {
            cancellation.check();
            if (namespaces.contains(change.namespace())) {
                add(change);
            }
            return true;
        });
        seen = last;
    }

    private void add(Change change) {
        byte[] key = Keys.image(change.namespace(), change.name());
        boolean isInRange = Arrays.compareUnsigned(key, from) >= 0 && isBeforeEnd(key);
        if (isInRange && !images.containsKey(key)) {
            Optional<EncodedRecord> before = before(change);
            images.put(key, before);
            bytes += bytes(key, before);
            while (bytes > maxBytes && images.size() > 1) {
                end = images.lastKey();
                remove(images.pollLastEntry());
            }
        }
    }

    private static long bytes(byte[] key, Optional<EncodedRecord> image) {
        return IMAGE_BYTES
                + key.length
                + image.map(record -> record.value().length).orElse(0);
    }

    private void remove(Map.Entry<byte[], Optional<EncodedRecord>> entry) {
        bytes -= bytes(entry.getKey(), entry.getValue());
    }

    private static Optional<EncodedRecord> before(Change change) {
        return change.kind() == Change.Kind.CREATE
                ? Optional.empty()
                : Optional.of(new EncodedRecord(change.created(), change.previous(), change.before(), 0));
    }

    /**
     * Forgets the images before a key, which is the least that is asked for from here on. Returns whether some are left: without any,
     * a range that has an end leads a list no further.
     */
    boolean forgetBefore(byte[] key) {
        while (!images.isEmpty() && Arrays.compareUnsigned(images.firstKey(), key) < 0) {
            remove(images.pollFirstEntry());
        }
        from = key;
        return end == null || !images.isEmpty();
    }

    /** Returns the images before a key that differ, in the order of their keys. */
    NavigableMap<byte[], Optional<EncodedRecord>> before(byte[] key) {
        return images.headMap(key, false);
    }
}
