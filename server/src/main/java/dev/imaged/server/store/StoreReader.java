package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.server.store.cache.ImageTree;
import dev.imaged.server.store.cache.StoreCaches;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Reads images, from memory where they are there as they are committed. Thread-safe. */
final class StoreReader {
    /** How often, and for how long, a list waits for a commit to be told to the memory: that takes some microseconds. */
    private static final int ATTEMPTS = 50;

    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

    private final Database database;
    private final StoreCaches caches;

    /** @param caches what is looked at first, and keeps what is read */
    StoreReader(Database database, StoreCaches caches) {
        this.database = database;
        this.caches = caches;
    }

    /** A read on a snapshot, with all images of a namespace in it if they are in memory. */
    interface NamespaceRead<T> {
        T from(Snapshot snapshot, @Nullable ImageTree images);
    }

    /**
     * Runs a read of a namespace, as {@link Database#read}.
     *
     * @param mayWait whether it waits for a commit to be told to the memory, instead of reading the database without it
     */
    <T> T read(String namespace, boolean mayWait, NamespaceRead<T> body) {
        for (int attempt = 1; mayWait && attempt < ATTEMPTS; attempt++) {
            Optional<T> done = database.read(snapshot -> {
                ImageTree images = images(snapshot, namespace);
                return images == null && caches.holds(namespace)
                        ? Optional.empty()
                        : Optional.of(body.from(snapshot, images));
            });
            if (done.isPresent()) {
                return done.get();
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return database.read(snapshot -> body.from(snapshot, images(snapshot, namespace)));
    }

    /**
     * Returns an encoded image as it is committed, null when there is none.
     *
     * @throws ImageException.Unavailable when the database is closed or does not work
     * @throws ImageException.DataLoss when the record is damaged
     */
    @Nullable
    ByteString get(String namespace, String name) {
        Object identity = database.identity();
        ImageTree images = caches.forName(identity, namespace, name);
        EncodedRecord record = images == null ? caches.record(identity, namespace, name) : images.find(name);
        if (images != null || record != null) {
            return record == null ? null : record.message();
        }
        return readImage(namespace, name).orElse(null);
    }

    private Optional<ByteString> readImage(String namespace, String name) {
        return database.read(snapshot -> {
            long revision = Revisions.last(snapshot);
            EncodedRecord record = find(snapshot, revision, Keys.image(namespace, name));
            return Optional.ofNullable(record).map(EncodedRecord::message);
        });
    }

    /**
     * Returns an image of a namespace that is not in memory, as it is in a snapshot, to be kept; null when there is none.
     *
     * @param revision that of the snapshot
     * @throws ImageException.DataLoss when the record is damaged
     */
    @Nullable
    EncodedRecord find(Snapshot snapshot, long revision, byte[] key) {
        String namespace = Keys.namespace(key);
        String name = Keys.name(key);
        EncodedRecord kept = caches.record(snapshot, revision, namespace, name);
        if (kept != null) {
            return kept;
        }
        EncodedRecord record = readRecord(snapshot, key);
        if (record != null) {
            caches.keep(snapshot, revision, namespace, name, record);
        }
        return record;
    }

    /**
     * Returns an image as it is in a snapshot, null when there is none, and leaves alone what is kept in memory: of many images in a
     * row, looking there and keeping them takes as long as reading them.
     *
     * @throws ImageException.DataLoss when the record is damaged
     */
    static @Nullable EncodedRecord readRecord(Snapshot snapshot, byte[] key) {
        byte[] value = stored(snapshot, key);
        return value == null ? null : ImageCodec.decode(key, value);
    }

    /** What the database says of an image; what is damaged is reported with the image that is not found for it. */
    private static byte @Nullable [] stored(Snapshot snapshot, byte[] key) {
        try {
            return Schema.IMAGES.get(snapshot, key);
        } catch (ImageException.DataLoss e) {
            throw new ImageException.DataLoss(ImageCodec.describe(key) + " cannot be read: " + e.getMessage(), e);
        }
    }

    private @Nullable ImageTree images(Snapshot snapshot, String namespace) {
        return caches.at(snapshot, Revisions.last(snapshot), namespace);
    }

    /**
     * Returns all images of a namespace as they are committed; null when they are not in memory.
     *
     * @param mayWait as in {@link #read}
     * @throws ImageException.Unavailable when the database is closed or does not work
     */
    @Nullable
    ImageTree images(String namespace, boolean mayWait) {
        return caches.holds(namespace)
                ? read(namespace, mayWait, (snapshot, images) -> Optional.ofNullable(images))
                        .orElse(null)
                : null;
    }

    /** Returns a number for {@link #isMuchReplacedSince}. */
    long replaced() {
        return caches.replaced();
    }

    /** Whether so much was written since that whoever still reads images of then should let go of them. */
    boolean isMuchReplacedSince(long before) {
        return caches.isMuchReplacedSince(before);
    }

    /** Has a namespace that has images read into memory if there is room for it; returns at once. */
    void request(String namespace) {
        caches.request(namespace);
    }
}
