package dev.imaged.server.store.cache;

import dev.imaged.errors.ImageException;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeCodec;
import dev.imaged.server.store.record.KeyStarts;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the images of namespaces as they stand in a response. What was changed since is told by the change log, in the
 * snapshot of the reader: a list is never of another revision than the snapshot that asks for it. Thread-safe.
 */
public final class ListingCache {
    /** How many bytes of images are read again when one of them changed. */
    private static final int SEGMENT_BYTES = 64 * 1024;

    /** With more changes than this, reading everything again costs less than finding out what to read. */
    private static final long MAX_CHANGES = 500;

    /** How many revisions later it is worth to find out whether a namespace still takes too many bytes. */
    private static final long TOO_LARGE_FOR_REVISIONS = 1000;

    /** What of a list has to be read from the database costs so many times as much as to look at it. */
    public static final long READ_COST = 10;

    /** What reading an image costs at least, in bytes of a list that is looked at. */
    private static final long IMAGE_COST = 300 * READ_COST;

    /** What a list takes besides its images. */
    private static final long LIST_BYTES = 1024;

    private final long maxBytes;
    private final int segmentBytes;

    /** The least recently used first. */
    private final Map<String, NamespaceListing> lists = new LinkedHashMap<>(16, 0.75f, true);

    /** The revision at which a namespace was found to take too many bytes. */
    private final Map<String, Long> tooLarge = new HashMap<>();

    private long bytes;

    ListingCache(long maxBytes) {
        this(maxBytes, SEGMENT_BYTES);
    }

    ListingCache(long maxBytes, int segmentBytes) {
        this.maxBytes = maxBytes;
        this.segmentBytes = segmentBytes;
    }

    /** Returns the images of a namespace in a snapshot, nothing when they take more bytes than are kept. */
    public Optional<NamespaceListing> get(Snapshot snapshot, String namespace) {
        long revision = Revisions.last(snapshot);
        NamespaceListing known;
        synchronized (this) {
            Long refused = tooLarge.get(namespace);
            if (refused != null && Math.abs(revision - refused) < TOO_LARGE_FOR_REVISIONS) {
                return Optional.empty();
            }
            known = lists.get(namespace);
        }
        if (isCurrent(known, snapshot, revision)) {
            return Optional.ofNullable(known);
        }
        NamespaceListing list = read(snapshot, namespace, revision, known);
        put(namespace, revision, list);
        return Optional.ofNullable(list);
    }

    /** Returns the images of a namespace in a snapshot if they are kept as they are in it: nothing is read. */
    public Optional<NamespaceListing> getIfCurrent(Snapshot snapshot, String namespace) {
        NamespaceListing known;
        synchronized (this) {
            known = lists.get(namespace);
        }
        return isCurrent(known, snapshot, Revisions.last(snapshot)) ? Optional.ofNullable(known) : Optional.empty();
    }

    /**
     * Returns about what it costs to get the list of a namespace and to look for these names in it, in bytes of a list that
     * are looked at. Nothing is read.
     *
     * @return empty when the namespace was not read before
     */
    public OptionalLong cost(Snapshot snapshot, String namespace, KeyStarts names) {
        NamespaceListing known;
        synchronized (this) {
            known = lists.get(namespace);
        }
        if (known != null && known.database() == snapshot.identity()) {
            long changes = Math.abs(Revisions.last(snapshot) - known.revision());
            long stale = Math.min(known.bytes(), changes * segmentBytes);
            return OptionalLong.of(known.bytes(names) + READ_COST * stale);
        }
        return isTooLarge(namespace)
                ? OptionalLong.of(IMAGE_COST * snapshot.count(Schema.IMAGES.entries()))
                : OptionalLong.empty();
    }

    /** Whether a namespace took too many bytes to be kept when it was last read. */
    public synchronized boolean isTooLarge(String namespace) {
        return tooLarge.containsKey(namespace);
    }

    private static boolean isCurrent(@Nullable NamespaceListing known, Snapshot snapshot, long revision) {
        return known != null && known.database() == snapshot.identity() && known.revision() == revision;
    }

    private @Nullable NamespaceListing read(
            Snapshot snapshot, String namespace, long revision, @Nullable NamespaceListing known) {
        byte[] prefix = Keys.images(namespace);
        boolean usable = known != null
                && known.database() == snapshot.identity()
                && known.revision() < revision
                && revision - known.revision() <= MAX_CHANGES
                && Revisions.oldestKept(snapshot) <= known.revision() + 1;
        if (known != null && usable) {
            try {
                List<byte[]> changed = changed(snapshot, namespace, known);
                if (changed != null) {
                    return known.refreshed(snapshot, revision, prefix, changed, segmentBytes, maxBytes);
                }
            } catch (ImageException.DataLoss e) {
                // A damaged change says nothing of the images: they are all read again, and speak for themselves.
            }
        }
        return NamespaceListing.read(snapshot, revision, prefix, segmentBytes, maxBytes);
    }

    /**
     * Returns the keys of the images that were changed since a list was read, null when finding them takes more bytes than
     * reading the list again.
     */
    private static @Nullable List<byte[]> changed(Snapshot snapshot, String namespace, NamespaceListing known) {
        List<byte[]> keys = new ArrayList<>();
        long[] left = {known.bytes()};
        Schema.CHANGES.scan(snapshot, new byte[0], Keys.revision(known.revision() + 1), (key, value) -> {
            Change change = ChangeCodec.decode(key, value);
            if (change.namespace().equals(namespace)) {
                keys.add(Keys.image(namespace, change.name()));
            }
            left[0] -= value.length;
            return left[0] >= 0;
        });
        return left[0] >= 0 ? keys : null;
    }

    private synchronized void put(String namespace, long revision, @Nullable NamespaceListing list) {
        NamespaceListing previous = lists.get(namespace);
        if (list == null) {
            tooLarge.put(namespace, revision);
        } else if (previous != null
                && previous.database() == list.database()
                && previous.revision() > list.revision()) {
            return; // somebody with a later snapshot was faster
        } else {
            tooLarge.remove(namespace);
        }
        if (previous != null) {
            bytes -= size(previous);
            lists.remove(namespace);
        }
        if (list != null && list.bytes() > 0) { // anybody may ask for namespaces that are not there
            bytes += size(list);
            lists.put(namespace, list);
        }
        for (Iterator<NamespaceListing> eldest = lists.values().iterator(); bytes > maxBytes; ) {
            bytes -= size(eldest.next());
            eldest.remove();
        }
    }

    private static long size(NamespaceListing list) {
        return LIST_BYTES + list.bytes();
    }

    /** Forgets all lists, and with them the database that they were read from. */
    synchronized void clear() {
        lists.clear();
        tooLarge.clear();
        bytes = 0;
    }

    /** Returns how many bytes are kept. */
    synchronized long bytes() {
        return bytes;
    }
}
