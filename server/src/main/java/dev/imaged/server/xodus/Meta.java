package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import java.nio.ByteBuffer;
import java.util.UUID;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.Transaction;

/** The entries of the store {@code meta}, written once; each value is one or two integers of 8 bytes. */
final class Meta {
    private static final ByteIterable SCHEMA = Keys.iterable("schema");
    private static final ByteIterable INSTANCE_ID = Keys.iterable("instance id");

    private Meta() {}

    /**
     * Makes the entries of a new database, or checks that this program can read those of an old one.
     *
     * @throws ImageException.FailedPrecondition when the schema is another
     */
    static void initialise(Store meta, Transaction transaction, UUID newInstanceId) {
        ByteIterable schema = meta.get(transaction, SCHEMA);
        if (schema == null) {
            meta.put(transaction, SCHEMA, Keys.iterable(Keys.revision(XodusSchema.VERSION)));
            byte[] id = ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(newInstanceId.getMostSignificantBits())
                    .putLong(newInstanceId.getLeastSignificantBits())
                    .array();
            meta.put(transaction, INSTANCE_ID, Keys.iterable(id));
            return;
        }
        requireKnownSchema(meta, transaction);
    }

    /** @throws ImageException.FailedPrecondition when this program does not know the schema */
    static void requireKnownSchema(Store meta, Transaction transaction) {
        ByteIterable schema = meta.get(transaction, SCHEMA);
        long version = schema == null ? 0 : ByteBuffer.wrap(Keys.bytes(schema)).getLong();
        if (version != XodusSchema.VERSION) {
            throw new ImageException.FailedPrecondition(
                    "it has schema " + version + ", and this program knows " + XodusSchema.VERSION + " only");
        }
    }

    /** Returns what tells this database from all others. */
    static UUID instanceId(Store meta, Transaction transaction) {
        ByteIterable id = meta.get(transaction, INSTANCE_ID);
        if (id == null || id.getLength() != 2 * Long.BYTES) {
            throw new ImageException.DataLoss("the database has no instance id", null);
        }
        ByteBuffer in = ByteBuffer.wrap(Keys.bytes(id));
        return new UUID(in.getLong(), in.getLong());
    }
}
