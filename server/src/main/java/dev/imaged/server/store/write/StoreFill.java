package dev.imaged.server.store.write;

import dev.imaged.images.Image;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.FollowedStore;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.StorageErrors;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Fills a store that follows another with the images of one revision, without their history. Nobody may use the store meanwhile. A
 * store that was filled in part says so, and has to be filled again. For one thread.
 */
public final class StoreFill {
    private static final int CLEARED_AT_ONCE = 2000;

    private final Database database;
    private final BooleanSupplier stopped;
    private final ActivityMeter meter = new ActivityMeter(System.nanoTime());

    /**
     * An image to fill in.
     *
     * @param key its key in the store
     */
    public record Filled(byte[] key, Image image, long createdRevision, long modifiedRevision) {}

    /**
     * Removes all images and changes of a database, so that it can be filled.
     *
     * @param stopped whether to give up
     * @throws dev.imaged.errors.ImageException.Unavailable when it is given up, or the disk fails, as {@link #add} does
     * @throws dev.imaged.errors.ImageException.ResourceExhausted when the disk is full, as {@link #add} does
     */
    public StoreFill(Database database, BooleanSupplier stopped) {
        this.database = database;
        this.stopped = stopped;
        write(batch -> {
            Meta.base(batch, Meta.INCOMPLETE);
            Meta.leftOut(batch).forEach(entry -> Meta.takeIn(batch, entry.key()));
            return batch;
        });
        database.noteCopy(null); // once it is one
        Schema.TABLES.stream().filter(table -> !table.equals(Schema.META)).forEach(this::clear);
    }

    /** Writes a batch, and has the database tidy up, as the committer does. */
    private <T> T write(Function<WriteBatch, T> body) {
        if (stopped.getAsBoolean()) {
            throw StorageErrors.unavailable(null);
        }
        long start = System.nanoTime();
        T result;
        try {
            result = database.write(body);
        } catch (RuntimeException e) {
            throw database.hasFailed() ? StorageErrors.notStored(e) : e;
        }
        long end = System.nanoTime();
        meter.worked(end - start);
        if (meter.isDue(end)) {
            database.tidy(meter.activity());
        }
        return result;
    }

    private void clear(Table table) {
        List<byte[]> keys;
        do {
            keys = write(batch -> {
                List<byte[]> some = some(batch, table);
                some.forEach(key -> batch.delete(table, key));
                return some;
            });
        } while (!keys.isEmpty());
    }

    private static List<byte[]> some(Snapshot snapshot, Table table) {
        List<byte[]> keys = new ArrayList<>();
        snapshot.scan(table, new byte[0], (key, value) -> {
            keys.add(key);
            return keys.size() < CLEARED_AT_ONCE;
        });
        return keys;
    }

    /** Adds images, in the order of their keys. */
    public void add(List<Filled> images) {
        write(batch -> {
            for (Filled filled : images) {
                byte[] key = filled.key();
                String namespace = Keys.namespace(key);
                Schema.IMAGES.add(
                        batch,
                        key,
                        ImageCodec.encode(key, filled.image(), filled.createdRevision(), filled.modifiedRevision())
                                .value());
                ImageIndexes.write(batch, namespace, filled.image().name(), null, filled.image());
                ImageIndexes.addNamespace(batch, namespace);
            }
            return batch;
        });
    }

    /** Notes keys of the other store that are left out. */
    public void leaveOut(List<Meta.LeftOut> entries) {
        write(batch -> {
            entries.forEach(entry -> Meta.leaveOut(batch, entry));
            return batch;
        });
    }

    /**
     * Says that all images are there.
     *
     * @param life the id of the store that is followed
     * @param revision the revision of its last commit
     * @param fill up to where the images are whole, and what is known of that commit
     */
    public void finish(UUID life, long revision, Meta.Fill fill) {
        write(batch -> {
            Meta.instanceId(batch, life);
            Meta.filled(batch, revision, fill);
            return batch;
        });
        database.noteCopy(new FollowedStore(life, revision));
    }
}
