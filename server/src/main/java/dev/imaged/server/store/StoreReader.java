package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.server.store.cache.ListingCache;
import dev.imaged.server.store.cache.NamespaceListing;
import dev.imaged.server.store.cache.RecordCache;
import dev.imaged.server.store.cache.StoreCaches;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.KeyStarts;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads images, from memory where they are there as they are committed. Thread-safe. */
final class StoreReader {
    private final Database database;
    private final ListingCache lists;
    private final RecordCache records;

    /** @param caches what is looked at first, and keeps what is read */
    StoreReader(Database database, StoreCaches caches) {
        this.database = database;
        this.records = caches.records();
        this.lists = caches.lists();
    }

    /** As {@link Database#read}. */
    <T extends @Nullable Object> T read(Function<Snapshot, T> body) {
        return database.read(body);
    }

    /**
     * Returns an encoded image as it is committed, null when there is none.
     *
     * @throws ImageException.Unavailable when the database is closed or does not work
     * @throws ImageException.DataLoss when the record is damaged
     */
    @Nullable
    ByteString get(String namespace, String name) {
        EncodedRecord cached = records.get(database.identity(), namespace, name);
        return cached != null ? cached.message() : readImage(namespace, name).orElse(null);
    }

    private Optional<ByteString> readImage(String namespace, String name) {
        return database.read(snapshot -> {
            long revision = Revisions.last(snapshot);
            EncodedRecord record = find(snapshot, revision, Keys.image(namespace, name));
            return Optional.ofNullable(record).map(EncodedRecord::message);
        });
    }

    /**
     * Returns an image as it is in a snapshot, from memory or to be kept there, null when there is none.
     *
     * @param revision that of the snapshot
     * @throws ImageException.DataLoss when the record is damaged
     */
    @Nullable
    EncodedRecord find(Snapshot snapshot, long revision, byte[] key) {
        String namespace = Keys.namespace(key);
        String name = Keys.name(key);
        EncodedRecord cached = records.get(snapshot.identity(), revision, namespace, name);
        if (cached != null) {
            return cached;
        }
        EncodedRecord record = readRecord(snapshot, key);
        if (record != null) {
            records.put(snapshot.identity(), revision, namespace, name, record);
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

    /**
     * Returns all images of a namespace as they are committed, nothing when they are too many to be kept in memory.
     *
     * @throws ImageException.Unavailable when the database is closed or does not work
     * @throws ImageException.DataLoss when a record is damaged
     */
    Optional<NamespaceListing> list(String namespace) {
        return database.read(snapshot -> lists.get(snapshot, namespace));
    }

    /** Returns all images of a namespace as they are committed, if they are in memory; see {@link #list}. */
    Optional<NamespaceListing> listIfCurrent(String namespace) {
        return database.read(snapshot -> lists.getIfCurrent(snapshot, namespace));
    }

    /** Whether the images of a namespace take more bytes than are kept: a list then reads them from the database. */
    boolean isTooLarge(String namespace) {
        return lists.isTooLarge(namespace);
    }

    /** Returns what it costs to scan a namespace for names, see {@link ListingCache#cost}. */
    OptionalLong scanCost(Snapshot snapshot, String namespace, KeyStarts names) {
        return lists.cost(snapshot, namespace, names);
    }
}
