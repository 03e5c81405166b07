package dev.imaged.server.store.record;

import dev.imaged.errors.ImageException;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.WriteBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The entries of the table {@code meta}: the schema (an integer of 8 bytes), the instance id (16 bytes), of a store
 * that follows another the base (the revision at which its history starts) and how it was filled, and while a migration runs, its
 * position. An empty entry says that request ids are listed with their namespaces. A store that follows another has an entry for each
 * key of the other that it leaves out: the revision that wrote it (8 bytes), and why.
 */
public final class Meta {
    private static final byte[] SCHEMA = Keys.utf8("schema");
    private static final byte[] INSTANCE_ID = Keys.utf8("instance id");
    private static final byte[] BASE = Keys.utf8("base");
    private static final byte[] FILL = Keys.utf8("fill");
    private static final byte[] MIGRATION = Keys.utf8("migration");
    private static final byte[] LEFT_OUT = Keys.utf8("left out: ");
    private static final byte[] REQUESTS = Keys.utf8("request ids");

    /** The base of a store that has only some of the images of the one that it follows. */
    public static final long INCOMPLETE = -1;

    private Meta() {}

    /** Makes the entries of a new database. */
    public static void initialise(WriteBatch batch, UUID instanceId) {
        batch.put(Schema.META, SCHEMA, Keys.revision(Schema.VERSION));
        instanceId(batch, instanceId);
        requestsHaveNamespaces(batch);
    }

    /** Whether request ids are listed with their namespaces. */
    public static boolean haveRequestsNamespaces(Snapshot snapshot) {
        return snapshot.contains(Schema.META, REQUESTS);
    }

    /** Notes that request ids are listed with their namespaces. */
    public static void requestsHaveNamespaces(WriteBatch batch) {
        batch.put(Schema.META, REQUESTS, new byte[0]);
    }

    /** Gives the database another id, so that nobody takes its revisions for those of another. */
    public static void instanceId(WriteBatch batch, UUID instanceId) {
        byte[] id = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(instanceId.getMostSignificantBits())
                .putLong(instanceId.getLeastSignificantBits())
                .array();
        batch.put(Schema.META, INSTANCE_ID, id);
    }

    /** Whether a database has no entries yet. */
    public static boolean isNew(Snapshot snapshot) {
        return !snapshot.contains(Schema.META, SCHEMA);
    }

    /** Returns the schema of a database, 0 when it has none. While a migration runs, it is the schema that the step leads to. */
    public static int schema(Snapshot snapshot) {
        byte[] schema = snapshot.get(Schema.META, SCHEMA);
        return schema == null ? 0 : Math.toIntExact(ByteBuffer.wrap(schema).getLong());
    }

    /** Returns the position of the migration to the schema of a database, null when it is done. */
    public static byte @Nullable [] migrationPosition(Snapshot snapshot) {
        return snapshot.get(Schema.META, MIGRATION);
    }

    /**
     * Notes the position of the migration to a schema.
     *
     * @param position null when it is done
     */
    public static void migrated(WriteBatch batch, int schema, byte @Nullable [] position) {
        batch.put(Schema.META, SCHEMA, Keys.revision(schema));
        if (position == null) {
            batch.delete(Schema.META, MIGRATION);
        } else {
            batch.put(Schema.META, MIGRATION, position);
        }
    }

    /** Returns the id that no other database has. */
    public static UUID instanceId(Snapshot snapshot) {
        byte[] id = snapshot.get(Schema.META, INSTANCE_ID);
        if (id == null || id.length != 2 * Long.BYTES) {
            throw new ImageException.DataLoss("the database has no instance id", null);
        }
        ByteBuffer in = ByteBuffer.wrap(id);
        return new UUID(in.getLong(), in.getLong());
    }

    /**
     * Returns the revision up to which a store that follows another has no changes: the oldest position that can be read. Null when the
     * store follows none; {@link #INCOMPLETE} while it is filled.
     */
    public static @Nullable Long base(Snapshot snapshot) {
        byte[] base = snapshot.get(Schema.META, BASE);
        return base == null ? null : Keys.revision(base);
    }

    /** Notes the oldest position that can be read of a store that follows another. */
    public static void base(WriteBatch batch, long revision) {
        batch.put(Schema.META, BASE, Keys.revision(revision));
    }

    /**
     * How a store that follows another was filled.
     *
     * @param whole the revision of the other up to which the store had everything; that of the base is of the last commit before
     * @param mark what the other knows the commit of the base by, empty when that is not known
     */
    public record Fill(long whole, byte[] mark) {}

    /**
     * A key of another store that the store which follows it leaves out.
     *
     * @param revision that of the other which wrote it
     * @param reason why it is left out
     */
    public record LeftOut(byte[] key, long revision, String reason) {}

    /** Returns what a store that follows another leaves out, in the order of the keys. */
    public static List<LeftOut> leftOut(Snapshot snapshot) {
        List<LeftOut> all = new ArrayList<>();
        snapshot.scan(Schema.META, LEFT_OUT, LEFT_OUT, (key, value) -> {
            byte[] reason = Arrays.copyOfRange(value, Long.BYTES, value.length);
            return all.add(new LeftOut(
                    Arrays.copyOfRange(key, LEFT_OUT.length, key.length),
                    ByteBuffer.wrap(value).getLong(),
                    new String(reason, StandardCharsets.UTF_8)));
        });
        return all;
    }

    /** Notes that a key is left out. */
    public static void leaveOut(WriteBatch batch, LeftOut entry) {
        byte[] reason = Keys.utf8(entry.reason());
        byte[] value = ByteBuffer.allocate(Long.BYTES + reason.length)
                .putLong(entry.revision())
                .put(reason)
                .array();
        batch.put(Schema.META, leftOutKey(entry.key()), value);
    }

    /** Notes that a key is not left out any more. */
    public static void takeIn(WriteBatch batch, byte[] key) {
        byte[] entry = leftOutKey(key);
        if (batch.contains(Schema.META, entry)) {
            batch.delete(Schema.META, entry);
        }
    }

    private static byte[] leftOutKey(byte[] key) {
        return ByteBuffer.allocate(LEFT_OUT.length + key.length)
                .put(LEFT_OUT)
                .put(key)
                .array();
    }

    /** Returns how a store that follows another was filled, null when that is not known. */
    public static @Nullable Fill fill(Snapshot snapshot) {
        byte[] fill = snapshot.get(Schema.META, FILL);
        Long base = base(snapshot);
        if (fill == null || base == null) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(fill);
        if (in.getLong() != base) { // an older program filled the store since
            return null;
        }
        long whole = in.getLong();
        byte[] mark = new byte[in.remaining()];
        in.get(mark);
        return new Fill(whole, mark);
    }

    /** Notes the base of a store that follows another, and how it was filled. */
    public static void filled(WriteBatch batch, long base, Fill fill) {
        base(batch, base);
        batch.put(
                Schema.META,
                FILL,
                ByteBuffer.allocate(2 * Long.BYTES + fill.mark().length)
                        .putLong(base)
                        .putLong(fill.whole())
                        .put(fill.mark())
                        .array());
    }
}
