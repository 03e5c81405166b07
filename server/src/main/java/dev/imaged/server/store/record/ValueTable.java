package dev.imaged.server.store.record;

import dev.imaged.server.store.kv.EntryVisitor;
import dev.imaged.server.store.kv.KeySteps;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.kv.WriteBatch;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A table of values of any size. An entry has to fit into a file of the log, and files are small, so that cleaning one does not
 * hold up writes for long. So a large value is stored in parts, and its entry holds their number. The caller knows the size of a
 * value that it replaces or deletes, and the size tells whether there are parts.
 *
 * @param entries key -> the value, or {@link #IN_PARTS} and the number of parts (4 bytes)
 * @param parts where the parts are
 * @param tag the first byte of the keys of this table's parts
 */
public record ValueTable(Table entries, Table parts, byte tag) {
    /** A first byte that no version of a value has. */
    private static final byte IN_PARTS = (byte) 0xFF;

    public static final int PART_BYTES = 1024 * 1024;

    /** Returns a value, null when there is none. */
    public byte @Nullable [] get(Snapshot snapshot, byte[] key) {
        byte[] value = snapshot.get(entries, key);
        return value == null ? null : whole(snapshot, key, value);
    }

    public boolean contains(Snapshot snapshot, byte[] key) {
        return snapshot.contains(entries, key);
    }

    /** Shows a visitor the entries whose key starts with a prefix, from a key on, until it stops. */
    public void scan(Snapshot snapshot, byte[] prefix, byte[] from, EntryVisitor visitor) {
        snapshot.scan(entries, prefix, from, (key, value) -> visitor.visit(key, whole(snapshot, key, value)));
    }

    /** Shows a visitor the entries whose keys fit, until it stops. */
    public void scan(Snapshot snapshot, KeySteps steps, EntryVisitor visitor) {
        snapshot.scan(entries, steps, new EntryVisitor() {
            @Override
            public boolean visit(byte[] key, byte[] value) {
                return visitor.visit(key, whole(snapshot, key, value));
            }

            @Override
            public boolean skip() {
                return visitor.skip();
            }
        });
    }

    /** Returns the value of an entry. If parts are missing it is too short, and its checksum does not match. */
    public byte[] whole(Snapshot snapshot, byte[] key, byte[] value) {
        if (!isInParts(value)) {
            return value;
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        int count = partCount(value);
        for (int number = 0; number < count; number++) {
            byte[] part = snapshot.get(parts, part(key, number));
            if (part == null) {
                break;
            }
            whole.writeBytes(part);
        }
        return whole.toByteArray();
    }

    /** Whether a value is stored in parts, so that its entry only holds their number. */
    public static boolean isInParts(byte[] value) {
        return value.length > 0 && value[0] == IN_PARTS;
    }

    /** Returns how many parts a value has by its entry, 0 when the entry is damaged. */
    public static int partCount(byte[] value) {
        return value.length == 1 + Integer.BYTES ? ByteBuffer.wrap(value).getInt(1) : 0;
    }

    /** Stores a value under a new key. */
    public void add(WriteBatch batch, byte[] key, byte[] value) {
        batch.put(entries, key, split(batch, key, value));
    }

    /** Stores a value under a new key that is greater than all others. */
    public void append(WriteBatch batch, byte[] key, byte[] value) {
        batch.append(entries, key, split(batch, key, value));
    }

    /** Replaces a value. */
    public void replace(WriteBatch batch, byte[] key, int previousBytes, byte[] value) {
        deleteParts(batch, key, previousBytes);
        add(batch, key, value);
    }

    /** Deletes a value of at most {@code bytes} bytes. */
    public void delete(WriteBatch batch, byte[] key, int bytes) {
        deleteParts(batch, key, bytes);
        batch.delete(entries, key);
    }

    private byte[] split(WriteBatch batch, byte[] key, byte[] value) {
        int count = parts(value.length);
        if (count == 0) {
            return value;
        }
        for (int number = 0; number < count; number++) {
            int from = number * PART_BYTES;
            byte[] part = Arrays.copyOfRange(value, from, Math.min(value.length, from + PART_BYTES));
            batch.put(parts, part(key, number), part);
        }
        return ByteBuffer.allocate(1 + Integer.BYTES)
                .put(IN_PARTS)
                .putInt(count)
                .array();
    }

    private void deleteParts(WriteBatch batch, byte[] key, int bytes) {
        for (int number = parts(bytes) - 1; number >= 0; number--) {
            batch.delete(parts, part(key, number));
        }
    }

    /** Returns how many parts a value of {@code bytes} bytes has next to its entry. */
    public static int parts(int bytes) {
        return bytes <= PART_BYTES ? 0 : (bytes + PART_BYTES - 1) / PART_BYTES;
    }

    private byte[] part(byte[] key, int number) {
        return part(tag, key, number);
    }

    /** Returns the key of a part of a value. */
    public static byte[] part(byte tag, byte[] key, int number) {
        return ByteBuffer.allocate(1 + key.length + Integer.BYTES)
                .put(tag)
                .put(key)
                .putInt(number)
                .array();
    }
}
