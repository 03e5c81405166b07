package dev.imaged.server.store.migration;

import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.record.ValueTable;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From schema 1 to schema 2. Schema 1 had a table of histories; in schema 2 each change holds the revision of the one before. The
 * table of deleted names is new. Large values are stored in parts. Two revisions leave {@code meta}, because the keys of the changes
 * hold them.
 *
 * <pre>
 * history      ns 0x00 &lt;name> 0x00 revision (8 bytes) -> ()
 * meta         schema, instance id, revision, oldest kept revision
 * </pre>
 *
 * <p>The position is the table that is being read (1 byte), and the last key of it that is done. First come the changes in the order
 * of the histories, which puts those of a name in a row, then the large images.
 */
public final class Schema1To2 implements MigrationStep {
    private static final Table HISTORY = new Table("history", true);
    private static final byte CHANGES = 1;
    private static final byte IMAGES = 2;
    private static final byte[] NOTHING = {};

    /** A batch is in memory until it is committed. It ends once it has this many bytes, so the largest value may come on top. */
    private static final long MAX_BYTES = 8L * 1024 * 1024;

    private static final int MAX_CHANGES = 10_000;

    private final int maxChanges;

    Schema1To2() {
        this(MAX_CHANGES);
    }

    /** @param maxChanges how many changes a batch writes at most */
    public Schema1To2(int maxChanges) {
        this.maxChanges = maxChanges;
    }

    @Override
    public int from() {
        return 1;
    }

    @Override
    public List<Table> formerTables() {
        return List.of(HISTORY);
    }

    @Override
    public byte @Nullable [] advance(WriteBatch batch, byte[] position) {
        if (position.length == 0) {
            requireWholeHistory(batch);
            return changes(batch, NOTHING);
        }
        byte[] done = Arrays.copyOfRange(position, 1, position.length);
        return position[0] == CHANGES ? changes(batch, done) : images(batch, done);
    }

    private static void requireWholeHistory(Snapshot snapshot) {
        long changes = snapshot.count(Schema.CHANGES.entries());
        long entries = snapshot.count(HISTORY);
        if (changes != entries) {
            throw new DataLoss(
                    "there are " + entries + " entries of histories where there are " + changes + " changes", null);
        }
    }

    /** Adds to each change the revision of the one before, and lists the names that are deleted. */
    private byte[] changes(WriteBatch batch, byte[] done) {
        List<byte[]> keys = new ArrayList<>();
        batch.scan(HISTORY, NOTHING, done, (key, value) -> {
            if (!Arrays.equals(key, done)) {
                keys.add(key);
            }
            return keys.size() < maxChanges;
        });
        byte[] last = done;
        long bytes = 0;
        for (byte[] key : keys) {
            boolean isSameName = last.length > 0 && Arrays.equals(image(last), image(key));
            if (!isSameName) {
                listIfDeleted(batch, last);
            }
            bytes += change(batch, revision(key), isSameName ? revision(last) : 0);
            last = key;
            if (bytes >= MAX_BYTES) {
                return position(CHANGES, last);
            }
        }
        if (keys.size() == maxChanges) {
            return position(CHANGES, last);
        }
        listIfDeleted(batch, last);
        return position(IMAGES, NOTHING);
    }

    /** Stores a change again and returns how many bytes it has. */
    private static int change(WriteBatch batch, long revision, long previous) {
        byte[] key = Keys.revision(revision);
        byte[] value = batch.get(Schema.CHANGES.entries(), key);
        if (value == null) {
            throw new DataLoss("the change of revision " + revision + " is missing", null);
        }
        Change change = Schema1Change.decode(key, value, previous);
        Schema.CHANGES.add(batch, key, ChangeCodec.encode(key, change));
        return value.length;
    }

    private static void listIfDeleted(WriteBatch batch, byte[] last) {
        if (last.length > 0 && !Schema.IMAGES.contains(batch, image(last))) {
            batch.put(Schema.DELETED, image(last), Keys.revision(revision(last)));
        }
    }

    /** Splits large images into parts; the last batch removes the table and the entries that schema 2 does not have. */
    private static byte @Nullable [] images(WriteBatch batch, byte[] done) {
        List<byte[]> large = new ArrayList<>();
        long[] bytes = {0};
        batch.scan(Schema.IMAGES.entries(), NOTHING, done, (key, value) -> {
            if (ValueTable.parts(value.length) > 0) {
                large.add(key);
                bytes[0] += value.length;
            }
            return bytes[0] < MAX_BYTES;
        });
        for (byte[] key : large) {
            byte[] value = batch.get(Schema.IMAGES.entries(), key);
            if (value != null) {
                Schema.IMAGES.add(batch, key, value);
            }
        }
        if (bytes[0] >= MAX_BYTES) {
            return position(IMAGES, large.get(large.size() - 1));
        }
        batch.drop(HISTORY);
        batch.delete(Schema.META, Keys.utf8("revision"));
        batch.delete(Schema.META, Keys.utf8("oldest kept revision"));
        return null;
    }

    private static byte[] position(byte what, byte[] done) {
        return Keys.concat(new byte[] {what}, done);
    }

    private static long revision(byte[] history) {
        return ByteBuffer.wrap(history).getLong(history.length - Long.BYTES);
    }

    /** Returns the key of the image that an entry of the histories belongs to: its name is not escaped. */
    private static byte[] image(byte[] history) {
        ByteArrayOutputStream key = new ByteArrayOutputStream();
        int end = history.length - Long.BYTES - 1;
        for (int i = 0; i < end; i++) {
            key.write(history[i]);
            boolean isEscaped = history[i] == 0 && history[i + 1] == (byte) 0xFF;
            i += isEscaped ? 1 : 0;
        }
        return key.toByteArray();
    }

    @Override
    public List<String> problems(Snapshot snapshot) {
        return StoreReading.problems(snapshot, (key, value) -> {
            boolean isOld = value.length > 0 && value[0] == Schema1Change.VERSION;
            Change change = isOld ? Schema1Change.decode(key, value, 0) : ChangeCodec.decode(key, value);
            byte[] following = Keys.revision(change.revision() + 1);
            if (!Arrays.equals(key, snapshot.lastKey(Schema.CHANGES.entries()))
                    && !Schema.CHANGES.contains(snapshot, following)) {
                throw new DataLoss("the change of revision " + change.revision() + " is followed by a gap", null);
            }
        });
    }
}
