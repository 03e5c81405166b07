package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.filters.Filters;
import dev.imaged.images.Image;
import dev.imaged.images.TestClock;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.record.Keys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Keys of images by ranges of indexes. */
class IndexedKeysTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);
    private static final int NAME_BYTES = 4096;

    @Test
    void keysThatTakeTooMuchMemoryEndBeforeTheRest() {
        MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
        List<String> names = new ArrayList<>();
        List<String> filters = new ArrayList<>();
        try (DecodedImageStores stores = new DecodedImageStores(TestStores.open(database, new TestClock()))) {
            for (int i = 0; i < 10; i++) {
                names.add("n%02d".formatted(i) + "x".repeat(NAME_BYTES));
                filters.add("labels.k==v" + i);
                stores.namespace("ns").create(new Image(names.get(i), Map.of("k", "v" + i), TARGET));
            }
            QueryPlan plan = QueryPlan.of("ns", Filters.parse(filters));
            byte[] all = Keys.images("ns");

            database.read(snapshot -> {
                IndexedKeys whole = new IndexedKeys(snapshot, plan, all, all, Cancellation.NONE);
                assertEquals(names, names(whole));
                assertFalse(whole.isCut());
                for (int room = 0; room < 10; room++) { // of the first keys of all ranges
                    IndexedKeys cut =
                            new IndexedKeys(snapshot, plan, all, all, Cancellation.NONE, (long) room * NAME_BYTES);
                    List<String> found = names(cut);
                    assertTrue(cut.isCut(), "room for " + room);
                    assertEquals(names.subList(0, found.size()), found);
                    List<String> rest = names.stream()
                            .filter(name -> Arrays.compareUnsigned(Keys.image("ns", name), cut.rest()) >= 0)
                            .toList();
                    assertEquals(names.subList(found.size(), names.size()), rest, "the rest follows what was found");
                }
                return database;
            });
        }
    }

    private static List<String> names(IndexedKeys keys) {
        List<String> names = new ArrayList<>();
        while (keys.hasNext()) {
            names.add(Keys.name(keys.next()));
        }
        return names;
    }
}
