package dev.imaged.server.store.record;

import dev.imaged.errors.ImageException;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.WriteBatch;
import java.nio.ByteBuffer;
import java.util.UUID;

/** The entries of the table {@code meta}, written once; each value is one or two integers of 8 bytes. */
public final class Meta {
    private static final byte[] SCHEMA = Keys.utf8("schema");
    private static final byte[] INSTANCE_ID = Keys.utf8("instance id");

    private Meta() {}

    /**
     * Makes the entries of a new database, or checks that this program can read those of an old one.
     *
     * @throws ImageException.FailedPrecondition when the schema is another
     */
    public static void initialise(WriteBatch batch, UUID newInstanceId) {
        if (!batch.contains(Schema.META, SCHEMA)) {
            batch.put(Schema.META, SCHEMA, Keys.revision(Schema.VERSION));
            byte[] id = ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(newInstanceId.getMostSignificantBits())
                    .putLong(newInstanceId.getLeastSignificantBits())
                    .array();
            batch.put(Schema.META, INSTANCE_ID, id);
            return;
        }
        requireKnownSchema(batch);
    }

    /**
     * Checks the schema of a database.
     *
     * @throws ImageException.FailedPrecondition when this program does not know it
     */
    public static void requireKnownSchema(Snapshot snapshot) {
        byte[] schema = snapshot.get(Schema.META, SCHEMA);
        long version = schema == null ? 0 : ByteBuffer.wrap(schema).getLong();
        if (version != Schema.VERSION) {
            throw new ImageException.FailedPrecondition(
                    "it has schema " + version + ", and this program knows " + Schema.VERSION + " only");
        }
    }

    /** Returns what tells this database from all others. */
    public static UUID instanceId(Snapshot snapshot) {
        byte[] id = snapshot.get(Schema.META, INSTANCE_ID);
        if (id == null || id.length != 2 * Long.BYTES) {
            throw new ImageException.DataLoss("the database has no instance id", null);
        }
        ByteBuffer in = ByteBuffer.wrap(id);
        return new UUID(in.getLong(), in.getLong());
    }
}
