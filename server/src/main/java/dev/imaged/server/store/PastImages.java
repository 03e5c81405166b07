package dev.imaged.server.store;

import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where the images of a namespace at a revision differ from those of a later snapshot: the state of a name at a revision is the image
 * before its earliest change after that revision. For one thread.
 */
final class PastImages {
    private final String namespace;
    private final long revision;

    /** By the key of the image; an empty value where there was no image. */
    private final NavigableMap<byte[], Optional<EncodedRecord>> images = new TreeMap<>(Arrays::compareUnsigned);

    /** The revision up to which changes were looked at. */
    private long seen;

    PastImages(String namespace, long revision) {
        this.namespace = namespace;
        this.revision = revision;
        this.seen = revision;
    }

    /** Returns the revision that the images are of. */
    long revision() {
        return revision;
    }

    /**
     * Looks at the changes up to a snapshot.
     *
     * @param from the least key that anybody will still ask for
     * @throws dev.imaged.errors.ImageException.OutOfRange when some of them are not kept any more
     */
    void catchUp(Snapshot snapshot, byte[] from, Cancellation cancellation) {
        long last = Revisions.last(snapshot);
        if (seen == last) {
            return;
        }
        Moments.requireKept(snapshot, seen);
        ChangeLog.forEach(snapshot, seen + 1, change -> {
            cancellation.check();
            if (change.namespace().equals(namespace)) {
                byte[] key = Keys.image(namespace, change.name());
                if (Arrays.compareUnsigned(key, from) >= 0) {
                    images.putIfAbsent(key, before(change));
                }
            }
            return true;
        });
        seen = last;
    }

    private static Optional<EncodedRecord> before(Change change) {
        return change.kind() == Change.Kind.CREATE
                ? Optional.empty()
                : Optional.of(new EncodedRecord(change.created(), change.previous(), change.before(), 0));
    }

    /** Forgets the images up to a key, which nobody asks for again. */
    void forgetUntil(byte[] key) {
        images.headMap(key, true).clear();
    }

    /** Returns the images that differ whose keys are at least {@code from}, in the order of their keys. */
    NavigableMap<byte[], Optional<EncodedRecord>> from(byte[] from) {
        return images.tailMap(from, true);
    }
}
