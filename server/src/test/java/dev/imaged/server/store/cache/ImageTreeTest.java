package dev.imaged.server.store.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.filters.Filters;
import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.engine.ResponseTooLargeException;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.KeyStarts;
import dev.imaged.server.store.record.Keys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tree holds what an ordered map does, whatever was changed, and an older tree stays as it was. */
class ImageTreeTest {
    private static final int NAME_OFFSET = Keys.images("ns").length;

    /** The names as keys, in the order of their bytes. */
    private final TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);

    private ImageTree tree = ImageTree.empty("ns");

    private static ImageChange change(String name, int version, int size) {
        Image image = new Image(
                name, Map.of("label", "x".repeat(size)), new Descriptor("m", "sha256:" + "a".repeat(64), 1 + version));
        byte[] key = Keys.image("ns", name);
        return new ImageChange(
                "ns", key, ImageCodec.encode(key, image, 1, 1 + version).value());
    }

    private static ImageChange removal(String name) {
        return new ImageChange("ns", Keys.image("ns", name), null);
    }

    private void apply(Collection<ImageChange> changes) {
        TreeMap<byte[], ImageChange> sorted = new TreeMap<>(Arrays::compareUnsigned);
        changes.forEach(change -> sorted.put(change.key(), change));
        sorted.values().forEach(change -> {
            if (change.value() == null) {
                model.remove(change.key());
            } else {
                model.put(change.key(), change.value());
            }
        });
        tree = tree.with(List.copyOf(sorted.values()));
    }

    private static ByteString response(Collection<byte[]> values) {
        EncodedResponse response = new EncodedResponse();
        for (byte[] value : values) {
            EncodedRecord record = ImageCodec.trusted(value);
            response.add(record.value(), record.offset(), record.size());
        }
        return response.build();
    }

    private static List<byte[]> shown(ImageTree tree, KeyStarts names) {
        List<byte[]> shown = new ArrayList<>();
        tree.forEach(names, image -> shown.add(image.value()));
        return shown;
    }

    private void assertAsModel() {
        assertEquals(model.size(), tree.count());
        ByteString expected = response(model.values());
        assertEquals(expected, tree.response());
        assertEquals(expected.size(), tree.bytes());
        assertEquals(List.copyOf(model.values()), shown(tree, KeyStarts.all("ns")));
        model.forEach((key, value) -> {
            EncodedRecord found = tree.find(key, NAME_OFFSET);
            assertNotNull(found, () -> Keys.name(key));
            assertEquals(value, found.value(), () -> Keys.name(key));
        });
    }

    @Test
    void anEmptyTreeHasNothing() {
        assertNull(tree.find("a"));
        assertEquals(ByteString.EMPTY, tree.response());
        assertEquals(0, tree.bytes(KeyStarts.of("ns", Filters.parse(List.of("name==a")))));
        assertAsModel();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyChangesLeaveWhatAMapHolds(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 120; round++) {
            ImageTree before = tree;
            List<byte[]> shownBefore = shown(before, KeyStarts.all("ns"));
            List<ImageChange> changes = new ArrayList<>();
            int removals = random.nextInt(10); // some rounds mostly grow, some mostly shrink
            for (int i = random.nextInt(round % 10 == 9 ? 1500 : 12); i >= 0; i--) {
                String name = "n" + random.nextInt(3000) + (random.nextInt(9) == 0 ? "é".repeat(70) : "");
                changes.add(random.nextInt(10) < removals ? removal(name) : change(name, round, random.nextInt(200)));
            }
            apply(changes);
            assertAsModel();
            assertNull(tree.find("m"));
            assertNull(tree.find("z"));
            assertEquals(shownBefore, shown(before, KeyStarts.all("ns")), "the tree before stays as it was");
        }
        apply(model.keySet().stream().map(key -> removal(Keys.name(key))).toList());
        assertAsModel();
    }

    @Test
    void namesInARowAreFoundInATreeOfSeveralLevels() {
        for (int i = 0; i < 20_000; i += 500) {
            List<ImageChange> changes = new ArrayList<>();
            for (int j = i; j < i + 500; j++) {
                changes.add(change(String.format("app-%06d", j), 0, 1));
            }
            apply(changes);
        }
        assertAsModel();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void namesThatGoLeaveNoTrailOfNodes(boolean ascending) {
        int count = 20_000;
        List<ImageChange> changes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            changes.add(change(String.format("n%06d", i), 0, 1));
        }
        apply(changes);
        int full = tree.nodes();
        for (int i = 0; i < count; i++) {
            int name = ascending ? i : count - 1 - i;
            if (name % 100 != 0) {
                tree = tree.with(List.of(removal(String.format("n%06d", name))));
            }
        }
        assertEquals(200, tree.count());
        assertTrue(full > 300, () -> full + " nodes before");
        assertTrue(tree.nodes() < 30, () -> tree.nodes() + " nodes of 200 images");
    }

    @Test
    void onlyNodesThatMayHoldANameAreLookedAt() {
        List<ImageChange> changes = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            changes.add(change(String.format("app-%05d", i), 0, 1));
        }
        apply(changes);
        for (String filter : List.of("name==app-04321", "name~=^app-043", "name~=^app-.4321", "name==none")) {
            Filters filters = Filters.parse(List.of(filter));
            KeyStarts names = KeyStarts.of("ns", filters);
            List<byte[]> shown = shown(tree, names);
            assertEquals(response(shown).size(), tree.bytes(names), filter);
            assertTrue(shown.size() <= 11 * ImageTree.MAX_ENTRIES, () -> filter + " looks at " + shown.size());
            long expected = model.keySet().stream()
                    .filter(key -> names.next(key) == key)
                    .count();
            long found = shown.stream()
                    .filter(value -> {
                        String name =
                                ImageCodec.image(ImageCodec.trusted(value)).name();
                        byte[] key = Keys.image("ns", name);
                        return names.next(key) == key;
                    })
                    .count();
            assertEquals(expected, found, filter);
        }
    }

    @Test
    void aResponseThatIsTooLargeIsRefused() {
        List<ImageChange> changes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            changes.add(change("n" + (char) ('a' + i), 0, 1 << 20));
        }
        apply(changes);
        assertThrows(ResponseTooLargeException.class, tree::response);
    }

    @Test
    void aVisitorThatHasEnoughSeesNoMore() {
        List<ImageChange> changes = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            changes.add(change("n" + i, 0, 1));
        }
        apply(changes);
        List<byte[]> seen = new ArrayList<>();
        tree.forEach(KeyStarts.all("ns"), image -> {
            seen.add(image.value());
            return seen.size() < 100;
        });
        assertEquals(List.copyOf(model.values()).subList(0, 100), seen);
    }
}
