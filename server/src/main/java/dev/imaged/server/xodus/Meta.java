package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import java.nio.ByteBuffer;
import java.util.UUID;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.Transaction;
import org.jspecify.annotations.Nullable;

/** The entries of the store {@code meta}; each value is one or two integers of 8 bytes. */
final class Meta {
    private static final ByteIterable SCHEMA = Keys.iterable("schema");
    private static final ByteIterable INSTANCE_ID = Keys.iterable("instance id");
    private static final ByteIterable REVISION = Keys.iterable("revision");
    private static final ByteIterable OLDEST_KEPT_REVISION = Keys.iterable("oldest kept revision");

    private Meta() {}

    /**
     * Makes the entries of a new database, or checks that this program can read those of an old one.
     *
     * @throws ImageException.FailedPrecondition when the schema is newer than this program
     */
    static void initialise(Store meta, Transaction transaction, UUID newInstanceId) {
        Long schema = get(meta, transaction, SCHEMA);
        if (schema == null) {
            put(meta, transaction, SCHEMA, XodusSchema.VERSION);
            put(meta, transaction, REVISION, 0);
            put(meta, transaction, OLDEST_KEPT_REVISION, 1);
            byte[] id = ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(newInstanceId.getMostSignificantBits())
                    .putLong(newInstanceId.getLeastSignificantBits())
                    .array();
            meta.put(transaction, INSTANCE_ID, Keys.iterable(id));
        } else if (schema != XodusSchema.VERSION) {
            throw new ImageException.FailedPrecondition(
                    "it has schema " + schema + ", and this program knows up to " + XodusSchema.VERSION);
        }
    }

    /** The revision of the last committed mutation, 0 before the first. */
    static long revision(Store meta, Transaction transaction) {
        return require(get(meta, transaction, REVISION), "revision");
    }

    static void putRevision(Store meta, Transaction transaction, long revision) {
        put(meta, transaction, REVISION, revision);
    }

    /** The revision of the oldest change that is kept; one more than the revision when there is none. */
    static long oldestKeptRevision(Store meta, Transaction transaction) {
        return require(get(meta, transaction, OLDEST_KEPT_REVISION), "oldest kept revision");
    }

    static void putOldestKeptRevision(Store meta, Transaction transaction, long revision) {
        put(meta, transaction, OLDEST_KEPT_REVISION, revision);
    }

    private static void put(Store meta, Transaction transaction, ByteIterable key, long value) {
        meta.put(transaction, key, Keys.iterable(Keys.revision(value)));
    }

    private static @Nullable Long get(Store meta, Transaction transaction, ByteIterable key) {
        ByteIterable value = meta.get(transaction, key);
        return value == null ? null : ByteBuffer.wrap(Keys.bytes(value)).getLong();
    }

    private static long require(@Nullable Long value, String what) {
        if (value == null) {
            throw new ImageException.DataLoss("the database has no " + what, null);
        }
        return value;
    }
}
