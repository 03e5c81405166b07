package dev.imaged.images;

import static dev.imaged.images.ContractFixture.image;
import static dev.imaged.images.TransactionsFixture.assertReason;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.Aborted;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** An image is changed as a function says, whoever else changes it. */
interface ModifyContract extends TransactionsFixture {
    /** Returns an image with another label. */
    static UnaryOperator<Image> adding(String label) {
        return image -> {
            Map<String, String> labels = new HashMap<>(image.labels());
            labels.put(label, "v");
            return image.withLabels(labels);
        };
    }

    @Test
    default void aModificationIsStoredAndReturned() {
        VersionedImage before = created(image("a", Map.of("k", "v")));

        VersionedImage after = transactions().modify("a", adding("l"));

        assertEquals(Map.of("k", "v", "l", "v"), after.image().labels());
        assertEquals(store().get("a"), after.image());
        assertEquals(before.revision() + 1, after.revision());
        assertEquals(after, transactions().modify("a", image -> image));
    }

    @Test
    default void anImageStoreModifiesInTheSameWay() {
        created(image("a"));

        Image after = store().modify("a", adding("l"));

        assertEquals(Map.of("l", "v"), after.labels());
        assertEquals(store().get("a"), after);
        assertThrows(NotFound.class, () -> store().modify("b", adding("l")));
    }

    @Test
    default void noModificationOfSeveralThreadsIsLost() throws Exception {
        created(image("a"));
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Callable<VersionedImage>> writers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                String label = "l" + i;
                writers.add(() -> transactions().modify("a", adding(label)));
            }
            for (Future<VersionedImage> writer : threads.invokeAll(writers)) {
                writer.get();
            }
        } finally {
            threads.shutdown();
        }

        assertEquals(Map.of("l0", "v", "l1", "v", "l2", "v"), store().get("a").labels());
    }

    @Test
    default void aModificationThatAlwaysComesTooLateIsAborted() {
        created(image("a"));
        int[] calls = new int[1];

        Aborted error = assertThrows(
                Aborted.class,
                () -> transactions().modify("a", image -> {
                    calls[0]++;
                    store().update(image("a", Map.of("n", "" + calls[0])), UpdateMask.labels());
                    return image.withTarget(TARGET_B);
                }));

        assertEquals("CHANGED", error.reason());
        assertEquals(Modification.MAX_ATTEMPTS, calls[0]);
        assertEquals(TARGET_A, store().get("a").target());
    }

    @Test
    default void onlyAnImageThatExistsCanBeModifiedAndKeepsItsName() {
        assertReason(
                NotFound.class,
                "NO_SUCH_IMAGE",
                "image \"a\": not found",
                () -> transactions().modify("a", image -> image));
        created(image("a"));
        assertReason(
                InvalidArgument.class,
                "INVALID_IMAGE",
                "image \"a\" cannot be modified to have the name \"b\": invalid argument",
                () -> transactions().modify("a", image -> image("b")));
    }
}
