package dev.imaged.images;

import static dev.imaged.images.ContractFixture.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What holds when many write at once. */
interface ConcurrencyContract extends ContractFixture {
    int WRITERS = 32;

    private AsyncImageStore async() {
        return stores().async("contract");
    }

    /** Starts all calls at once, waits for all of them, and returns how many succeeded. */
    private static <T> long succeeded(
            Class<? extends ImageException> otherwise, IntFunction<CompletableFuture<T>> call) {
        List<CompletableFuture<T>> calls =
                IntStream.range(0, WRITERS).parallel().mapToObj(call).toList();
        return calls.stream()
                .filter(future -> {
                    try {
                        future.get();
                        return true;
                    } catch (ExecutionException e) {
                        assertEquals(otherwise, e.getCause().getClass());
                        return false;
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                })
                .count();
    }

    @Test
    default void oneOfManyRacingCreatesWinsAndItsImageIsTheOneKept() {
        for (int round = 0; round < 5; round++) {
            String name = "race " + round;
            assertEquals(
                    1, succeeded(AlreadyExists.class, i -> async().create(image(name, Map.of("writer", "w" + i)))));
        }
        assertEquals(5, store().list().size());
    }

    @Test
    default void oneOfManyRacingDeletesWins() {
        store().create(image("a"));

        assertEquals(1, succeeded(NotFound.class, i -> async().delete("a")));
    }

    @Test
    default void noMaskedUpdateIsLost() {
        store().create(image("a"));

        succeeded(
                NotFound.class,
                i -> async().update(image("a", Map.of("label" + i, "v" + i)), UpdateMask.label("label" + i)));

        assertEquals(WRITERS, store().get("a").labels().size());
    }

    @Test
    default void noFullUpdateTears() {
        store().create(image("a"));

        succeeded(
                NotFound.class,
                i -> async().update(
                                new Image("a", Map.of("size", "s" + (i + 1)), new Descriptor("m", DIGEST_A, i + 1)),
                                UpdateMask.all()));

        Image after = store().get("a");
        assertEquals(Map.of("size", "s" + after.target().size()), after.labels());
    }

    @Test
    default void noUpdateResurrectsADeletedImage() {
        store().create(image("a"));

        CompletableFuture<Void> deleted = async().delete("a");
        succeeded(NotFound.class, i -> async().update(image("a"), UpdateMask.all()));
        deleted.join();

        assertThrows(NotFound.class, () -> store().get("a"));
    }

    @Test
    default void aDeleteIfTargetAndAMoveOfTheTargetExcludeEachOther() throws Exception {
        for (int round = 0; round < 20; round++) {
            store().create(image("a"));
            CompletableFuture<Void> delete = async().delete("a", DeleteOptions.ifTarget(DIGEST_A));
            CompletableFuture<Image> move = async().update(new Image("a", TARGET_B), UpdateMask.target());

            boolean deleted = delete.handle((nothing, error) -> error == null).get();
            boolean moved = move.handle((image, error) -> error == null).get();

            assertEquals(true, deleted != moved);
            if (moved) {
                store().delete("a");
            }
        }
    }

    @Test
    default void whatIsAcknowledgedIsReadByAllAtOnce() {
        IntStream.range(0, 50).forEach(i -> {
            store().create(image("n" + i));
            assertEquals("n" + i, store().get("n" + i).name());
            assertEquals(i + 1, store().list().size());
        });
    }
}
