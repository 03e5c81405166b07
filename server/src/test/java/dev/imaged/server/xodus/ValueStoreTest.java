package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import jetbrains.exodus.env.Transaction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of any size come back whole, and leave nothing behind. */
class ValueStoreTest {
    private static final int PART = ValueStore.PART_BYTES;
    private static final byte[] KEY = Keys.utf8("key");

    @TempDir
    Path folder;

    private XodusDatabase database;

    @BeforeEach
    void open() {
        database = XodusDatabase.open(folder, Engines.CACHE_BYTES);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 1, 40 * PART})
    void aValueOfAnySizeComesBack(int size) {
        byte[] value = random(size);
        write((schema, transaction) -> schema.images().add(transaction, KEY, value));

        assertArrayEquals(value, get());
        List<byte[]> visited = new ArrayList<>();
        database.read((schema, transaction) -> {
            schema.images().forEach(transaction, KEY, KEY, (key, found) -> visited.add(found));
            return null;
        });
        assertArrayEquals(value, visited.get(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, PART, PART + 1, 5 * PART})
    void whatIsReplacedOrDeletedLeavesNoParts(int size) {
        byte[] large = random(3 * PART);
        byte[] value = random(size);
        write((schema, transaction) -> schema.images().add(transaction, KEY, large));
        write((schema, transaction) -> schema.images().replace(transaction, KEY, large.length, value));
        assertArrayEquals(value, get());

        write((schema, transaction) -> schema.images().delete(transaction, KEY, value.length));
        assertNull(get());
        assertEquals(0L, parts());
    }

    @Test
    void storesDoNotMixTheirParts() {
        byte[] image = random(2 * PART);
        byte[] change = random(2 * PART);
        write((schema, transaction) -> {
            schema.images().add(transaction, KEY, image);
            schema.changes().append(transaction, KEY, change);
        });
        write((schema, transaction) -> schema.changes().delete(transaction, KEY, change.length));

        assertArrayEquals(image, get());
    }

    @Test
    void aValueThatLacksAPartIsTooShort() {
        byte[] value = random(3 * PART);
        write((schema, transaction) -> schema.images().add(transaction, KEY, value));
        write((schema, transaction) -> {
            try (var cursor = schema.images().parts().openCursor(transaction)) {
                cursor.getLast();
                cursor.deleteCurrent();
            }
        });

        assertEquals(2 * PART, get().length);
    }

    private void write(BiConsumer<XodusSchema, Transaction> writer) {
        database.write((schema, transaction) -> {
            writer.accept(schema, transaction);
            return transaction.commit();
        });
    }

    private byte[] get() {
        return database.read((schema, transaction) -> schema.images().get(transaction, KEY));
    }

    private long parts() {
        return database.read((schema, transaction) -> schema.images().parts().count(transaction));
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        bytes[0] = 1; // a version
        return bytes;
    }
}
