package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.record.Schema;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.env.StoreConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds the drawing of {@link Schema} against a database that was written. */
class SchemaTest {
    private static final String A = "sha256:" + "a".repeat(64);
    private static final String B = "sha256:" + "b".repeat(64);

    @TempDir
    Path folder;

    @Test
    void theStoresAndKeysAreThoseOfTheDrawing() {
        try (StoreEngine engine = Engines.open(folder, new TestClock())) {
            EncodedImages images = engine.namespace("ns");
            images.create(new Image("n", Map.of("k", "v", "z\0", "\0"), target(A)), WriteOptions.DEFAULT)
                    .join();
            images.update(new Image("n", Map.of("k", "w"), target(B)), UpdateMask.all(), WriteOptions.DEFAULT)
                    .join();
            images.create(new Image("gone\0", Map.of("k", "v"), target(A)), WriteOptions.DEFAULT)
                    .join();
            images.delete("gone\0", DeleteOptions.DEFAULT).join();
            images.create(new Image("again", target(A)), WriteOptions.DEFAULT).join();
            images.delete("again", DeleteOptions.DEFAULT).join();
            images.create(new Image("again", target(A)), WriteOptions.DEFAULT).join();
        }

        Map<String, List<String>> keys = keys();
        assertEquals(
                TestStores.CONTENTS.tables().stream().map(Table::name).collect(Collectors.toCollection(TreeSet::new)),
                keys.keySet());
        assertEquals(List.of("instance id", "request ids", "schema"), keys.get("meta"));
        assertEquals(List.of("ns"), keys.get("namespaces"));
        assertEquals(List.of("ns|again", "ns|n"), keys.get("images"));
        assertEquals(List.of("ns|" + A + "|again", "ns|" + B + "|n"), keys.get("by_digest"));
        assertEquals(List.of("ns|k|w|n"), keys.get("by_label"));
        assertEquals(List.of("1", "2", "3", "4", "5", "6", "7"), keys.get("changes"));
        assertEquals(List.of("ns|gone|"), keys.get("deleted"));
        assertEquals(List.of(), keys.get("requests"));
    }

    private static Descriptor target(String digest) {
        return new Descriptor("m", digest, 1);
    }

    /** Returns the keys of all stores, 0x00 shown as a bar and a revision at the end as a number. */
    private Map<String, List<String>> keys() {
        Map<String, List<String>> keys = new TreeMap<>();
        try (Environment environment =
                Environments.newInstance(folder.resolve("xodus").toFile())) {
            environment.executeInExclusiveTransaction(transaction -> {
                for (String name : environment.getAllStoreNames(transaction)) {
                    List<String> found = new ArrayList<>();
                    try (Cursor cursor = environment
                            .openStore(name, StoreConfig.USE_EXISTING, transaction)
                            .openCursor(transaction)) {
                        while (cursor.getNext()) {
                            found.add(show(name, bytes(cursor.getKey())));
                        }
                    }
                    keys.put(name, found);
                }
            });
        }
        return keys;
    }

    private static byte[] bytes(ByteIterable key) {
        return Arrays.copyOf(key.getBytesUnsafe(), key.getLength());
    }

    private static String show(String store, byte[] key) {
        boolean revision = store.equals("changes");
        int end = revision ? key.length - Long.BYTES : key.length;
        String text = new String(key, 0, end, StandardCharsets.ISO_8859_1).replace('\0', '|');
        return revision ? text + key[key.length - 1] : text;
    }
}
