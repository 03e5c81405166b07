package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.maintenance.CheckReport;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Schema;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A check finds each way in which what is stored may disagree, and nothing in a store that is as it should be. */
class StoreCheckTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);
    private static final Descriptor OTHER = new Descriptor("m", "sha256:" + "b".repeat(64), 1);
    private static final byte[] NOTHING = {};
    private static final byte[] KEY = Keys.image("ns", "a");

    private final MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
    private ImageStores stores;

    @AfterEach
    void close() {
        stores.close();
    }

    @BeforeEach
    void fill() {
        stores = new DecodedImageStores(TestStores.open(database, new TestClock()));
        ImageStore store = stores.namespace("ns");
        store.create(new Image("a", Map.of("k\0", "v", "l", "w"), TARGET));
        store.create(new Image("b", TARGET));
        store.create(new Image("gone", Map.of("k", "v"), TARGET));
        store.delete("gone");
        store.update(new Image("a", OTHER), UpdateMask.target());
        store.create(new Image("large", TARGET.withAnnotations(Map.of("k", "v".repeat(3 << 20)))));
        stores.namespace("other").create(new Image("a", TARGET));
    }

    private CheckReport check() {
        return database.read(snapshot -> new StoreCheck(snapshot).run(database.fileProblems()));
    }

    private List<String> problemsAfter(Consumer<WriteBatch> damage) {
        database.write(batch -> {
            damage.accept(batch);
            return "";
        });
        CheckReport report = check();
        assertFalse(report.isSound());
        assertEquals(report.problemCount(), report.problems().size());
        return report.problems();
    }

    @Test
    void aStoreThatIsAsItShouldBeIsSoundAndCounted() {
        CheckReport report = check();

        assertEquals(List.of(), report.problems());
        assertEquals(
                Map.of(
                        "changes", 7L,
                        "images", 4L,
                        "request ids", 0L,
                        "deleted names", 1L,
                        "namespaces", 2L,
                        "index entries of digests", 4L,
                        "index entries of labels", 2L,
                        "parts of large values", 8L),
                report.entries());
    }

    @Test
    void aRecordThatIsDamagedIsNamed() {
        List<String> problems = problemsAfter(batch -> {
            byte[] value = Schema.IMAGES.get(batch, KEY).clone();
            value[value.length - 1] ^= 1;
            Schema.IMAGES.replace(batch, KEY, value.length, value);
        });
        assertTrue(
                problems.contains("the record of image \"a\" in namespace ns is damaged: its checksum does not match"),
                problems::toString);
    }

    @Test
    void anIndexEntryThatIsMissingIsFound() {
        assertEquals(
                List.of(
                        "the record of image \"a\" in namespace ns is not in the index of digests",
                        "there are 3 index entries of digests where the images have 4"),
                problemsAfter(batch -> batch.delete(Schema.BY_DIGEST, Keys.digestEntry("ns", new Image("a", OTHER)))));
    }

    @Test
    void aLabelThatIsMissingInItsIndexIsFound() {
        assertEquals(
                List.of(
                        "the record of image \"a\" in namespace ns is not in the index of labels with \"k\\x00\"",
                        "there are 1 index entries of labels where the images have 2"),
                problemsAfter(batch -> batch.delete(Schema.BY_LABEL, Keys.labelEntry("ns", "a", "k\0", "v"))));
    }

    @Test
    void anIndexEntryThatIsStaleIsFound() {
        assertEquals(
                List.of(
                        "there are 5 index entries of digests where the images have 4",
                        "the index of digests has an entry that the record of image \"a\" in namespace ns does not have",
                        "there are 3 index entries of labels where the images have 2",
                        "the index of labels has an entry that the record of image \"gone\" in namespace ns does not have"),
                problemsAfter(batch -> {
                    batch.put(Schema.BY_DIGEST, Keys.digestEntry("ns", new Image("a", TARGET)), NOTHING);
                    batch.put(Schema.BY_LABEL, Keys.labelEntry("ns", "gone", "k", "v"), NOTHING);
                }));
    }

    @Test
    void aRecordWithoutItsChangeIsFound() {
        assertEquals(
                List.of("the record of image \"b\" in namespace ns is of revision 8, whose change is missing"),
                problemsAfter(batch -> {
                    byte[] key = Keys.image("ns", "b");
                    byte[] before = Schema.IMAGES.get(batch, key);
                    Image image = ImageCodec.image(ImageCodec.decode(key, before));
                    Schema.IMAGES.replace(
                            batch,
                            key,
                            before.length,
                            ImageCodec.encode(key, image, 2, 8).value());
                }));
    }

    @Test
    void aChangeThatIsMissingIsFound() {
        assertEquals(
                List.of("the change of revision 4 is of revision 3, whose change is missing"),
                problemsAfter(batch -> batch.delete(Schema.CHANGES.entries(), Keys.revision(3))));
    }

    @Test
    void aDeletionThatIsNotWhatItsChangeSaysIsFound() {
        assertEquals(
                List.of(
                        "the record of image \"b\" in namespace ns is listed as deleted",
                        "the deletion of the record of image \"b\" in namespace ns is not what the change of revision 4 made"),
                problemsAfter(batch -> batch.put(Schema.DELETED, Keys.image("ns", "b"), Keys.revision(4))));
    }

    @Test
    void aPartOfAValueThatIsLeftOverIsFound() {
        assertEquals(
                List.of("there are 9 parts of large values where the images have 8"),
                problemsAfter(batch -> batch.put(Schema.IMAGES.parts(), Keys.utf8("nobody's"), NOTHING)));
    }

    @Test
    void aNamespaceThatIsNotListedIsFound() {
        assertEquals(
                List.of("the record of image \"a\" in namespace other is in a namespace that is not listed"),
                problemsAfter(batch -> batch.delete(Schema.NAMESPACES, Keys.utf8("other"))));
    }
}
