package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.CheckReport;
import dev.imaged.server.engine.DecodedImageStores;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.Transaction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A check finds each way in which what is stored may disagree, and nothing in a store that is as it should be. */
class DatabaseCheckTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);
    private static final Descriptor OTHER = new Descriptor("m", "sha256:" + "b".repeat(64), 1);
    private static final byte[] KEY = Keys.image("ns", "a");

    @TempDir
    Path folder;

    @BeforeEach
    void fill() {
        try (ImageStores stores = new DecodedImageStores(Engines.open(folder, new TestClock()))) {
            ImageStore store = stores.namespace("ns");
            store.create(new Image("a", Map.of("k\0", "v", "l", "w"), TARGET));
            store.create(new Image("b", TARGET));
            store.create(new Image("gone", Map.of("k", "v"), TARGET));
            store.delete("gone");
            store.update(new Image("a", OTHER), UpdateMask.target());
            store.create(new Image("large", TARGET.withAnnotations(Map.of("k", "v".repeat(3 << 20)))));
            stores.namespace("other").create(new Image("a", TARGET));
        }
    }

    private CheckReport check() {
        try (XodusDatabase database = XodusDatabase.open(folder, Engines.CACHE_BYTES)) {
            return database.read(
                    (schema, transaction) -> new DatabaseCheck(schema, transaction).run(database.fileProblems()));
        }
    }

    private List<String> problemsAfter(BiConsumer<XodusSchema, Transaction> damage) {
        try (XodusDatabase database = XodusDatabase.open(folder, Engines.CACHE_BYTES)) {
            database.write((schema, transaction) -> {
                damage.accept(schema, transaction);
                return transaction.commit();
            });
        }
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
                        "deleted names", 1L,
                        "namespaces", 2L,
                        "index entries of digests", 4L,
                        "index entries of labels", 2L,
                        "parts of large values", 8L),
                report.entries());
    }

    @Test
    void aRecordThatIsDamagedIsNamed() {
        List<String> problems = problemsAfter((schema, transaction) -> {
            byte[] value = schema.images().get(transaction, KEY).clone();
            value[value.length - 1] ^= 1;
            schema.images().replace(transaction, KEY, value.length, value);
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
                problemsAfter((schema, transaction) ->
                        delete(schema.byDigest(), transaction, Keys.digestEntry("ns", new Image("a", OTHER)))));
    }

    @Test
    void aLabelThatIsMissingInItsIndexIsFound() {
        assertEquals(
                List.of(
                        "the record of image \"a\" in namespace ns is not in the index of labels with \"k\\x00\"",
                        "there are 1 index entries of labels where the images have 2"),
                problemsAfter((schema, transaction) ->
                        delete(schema.byLabel(), transaction, Keys.labelEntry("ns", "a", "k\0", "v"))));
    }

    @Test
    void anIndexEntryThatIsStaleIsFound() {
        assertEquals(
                List.of(
                        "there are 5 index entries of digests where the images have 4",
                        "the index of digests has an entry that the record of image \"a\" in namespace ns does not have",
                        "there are 3 index entries of labels where the images have 2",
                        "the index of labels has an entry that the record of image \"gone\" in namespace ns does not have"),
                problemsAfter((schema, transaction) -> {
                    put(schema.byDigest(), transaction, Keys.digestEntry("ns", new Image("a", TARGET)));
                    put(schema.byLabel(), transaction, Keys.labelEntry("ns", "gone", "k", "v"));
                }));
    }

    @Test
    void aRecordWithoutItsChangeIsFound() {
        assertEquals(
                List.of("the record of image \"b\" in namespace ns is of revision 8, whose change is missing"),
                problemsAfter((schema, transaction) -> {
                    byte[] key = Keys.image("ns", "b");
                    byte[] before = schema.images().get(transaction, key);
                    Image image = ImageCodec.image(ImageCodec.decode(key, before));
                    schema.images()
                            .replace(
                                    transaction,
                                    key,
                                    before.length,
                                    ImageCodec.encode(key, image, 2, 8).value());
                }));
    }

    @Test
    void aChangeThatIsMissingIsFound() {
        assertEquals(
                List.of(
                        "the change of revision 2 is followed by a gap",
                        "the change of revision 4 is of revision 3, whose change is missing"),
                problemsAfter(
                        (schema, transaction) -> delete(schema.changes().entries(), transaction, Keys.revision(3))));
    }

    @Test
    void aDeletionThatIsNotWhatItsChangeSaysIsFound() {
        assertEquals(
                List.of(
                        "the record of image \"b\" in namespace ns is listed as deleted",
                        "the deletion of the record of image \"b\" in namespace ns is not what the change of revision 4 made"),
                problemsAfter((schema, transaction) -> schema.deleted()
                        .put(transaction, Keys.iterable(Keys.image("ns", "b")), Keys.iterable(Keys.revision(4)))));
    }

    @Test
    void aPartOfAValueThatIsLeftOverIsFound() {
        assertEquals(
                List.of("there are 9 parts of large values where the images have 8"),
                problemsAfter(
                        (schema, transaction) -> put(schema.images().parts(), transaction, Keys.utf8("nobody's"))));
    }

    @Test
    void aNamespaceThatIsNotListedIsFound() {
        assertEquals(
                List.of("the record of image \"a\" in namespace other is in a namespace that is not listed"),
                problemsAfter((schema, transaction) -> delete(schema.namespaces(), transaction, Keys.utf8("other"))));
    }

    private static void delete(Store store, Transaction transaction, byte[] key) {
        assertTrue(store.delete(transaction, Keys.iterable(key)));
    }

    private static void put(Store store, Transaction transaction, byte[] key) {
        assertTrue(store.put(transaction, Keys.iterable(key), Keys.iterable(new byte[0])));
    }
}
