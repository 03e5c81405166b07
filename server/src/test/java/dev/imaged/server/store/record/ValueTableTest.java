package dev.imaged.server.store.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.kv.WriteBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of any size come back whole, and leave nothing behind. */
class ValueTableTest {
    private static final int PART = ValueTable.PART_BYTES;
    private static final byte[] KEY = Keys.utf8("key");

    private final MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);

    @ParameterizedTest
    @ValueSource(ints = {1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 1, 40 * PART})
    void aValueOfAnySizeComesBack(int size) {
        byte[] value = random(size);
        write(batch -> Schema.IMAGES.add(batch, KEY, value));

        assertArrayEquals(value, get());
        List<byte[]> visited = new ArrayList<>();
        database.read(batch -> {
            Schema.IMAGES.scan(batch, KEY, KEY, (key, found) -> visited.add(found));
            return null;
        });
        assertArrayEquals(value, visited.get(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, PART, PART + 1, 5 * PART})
    void whatIsReplacedOrDeletedLeavesNoParts(int size) {
        byte[] large = random(3 * PART);
        byte[] value = random(size);
        write(batch -> Schema.IMAGES.add(batch, KEY, large));
        write(batch -> Schema.IMAGES.replace(batch, KEY, large.length, value));
        assertArrayEquals(value, get());

        write(batch -> Schema.IMAGES.delete(batch, KEY, value.length));
        assertNull(get());
        assertEquals(0L, parts());
    }

    @Test
    void tablesDoNotMixTheirParts() {
        byte[] image = random(2 * PART);
        byte[] change = random(2 * PART);
        write(batch -> {
            Schema.IMAGES.add(batch, KEY, image);
            Schema.CHANGES.append(batch, KEY, change);
        });
        write(batch -> Schema.CHANGES.delete(batch, KEY, change.length));

        assertArrayEquals(image, get());
    }

    @Test
    void aValueThatLacksAPartIsTooShort() {
        byte[] value = random(3 * PART);
        write(batch -> Schema.IMAGES.add(batch, KEY, value));
        write(batch -> {
            byte[] last = batch.lastKey(Schema.PARTS);
            batch.delete(Schema.PARTS, last);
        });

        assertEquals(2 * PART, get().length);
    }

    private void write(Consumer<WriteBatch> writer) {
        database.write(batch -> {
            writer.accept(batch);
            return "";
        });
    }

    private byte[] get() {
        return database.read(batch -> Schema.IMAGES.get(batch, KEY));
    }

    private long parts() {
        return database.read(batch -> batch.count(Schema.PARTS));
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        bytes[0] = 1; // a version
        return bytes;
    }
}
