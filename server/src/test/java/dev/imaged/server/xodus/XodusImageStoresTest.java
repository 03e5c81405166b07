package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStoreContract;
import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.TestStores;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract over Xodus, and what only something on a disk has: the end, and the start after it. */
class XodusImageStoresTest extends ImageStoreContract {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    @TempDir
    Path folder;

    @Override
    protected ImageStores open(Clock clock) {
        return new DecodedImageStores(Engines.open(folder, clock));
    }

    @Test
    void whatWasWrittenIsThereAfterARestart() {
        store().create(new Image("a", Map.of("k", "v"), TARGET));
        store().create(new Image("b", TARGET));
        store().update(new Image("b", Map.of("k", "v"), TARGET), UpdateMask.label("k"));
        store().create(new Image("gone", Map.of("k", "v"), TARGET));
        store().delete("gone");
        List<Image> before = store().list();
        stores().close();

        try (ImageStores again = open(clock())) {
            assertEquals(before, again.namespace("contract").list());
            assertEquals(before, again.namespace("contract").list(List.of("labels.k==v")));
            assertEquals(before, again.namespace("contract").list(List.of("target.digest==" + TARGET.digest())));
        }
    }

    @Test
    void theTimeOfAnUpdateMovesForwardAlsoWhenTheClockStepsBackOverARestart() {
        Image before = store().create(new Image("a", TARGET));
        stores().close();
        clock().advance(Duration.ofHours(-1));

        try (ImageStores again = open(clock())) {
            Image after = again.namespace("contract").update(before, UpdateMask.all());
            assertTrue(after.updatedAt().isAfter(TestClock.START));
        }
    }

    @Test
    void revisionsAndTheirTimesStayInOrderWhenTheClockStepsBackAlsoOverARestart() {
        store().create(new Image("a", TARGET));
        clock().advance(Duration.ofHours(-1));
        store().update(new Image("a", TARGET), UpdateMask.all());
        stores().close();
        clock().advance(Duration.ofHours(-1));
        try (ImageStores again = open(clock())) {
            again.namespace("contract").create(new Image("b", TARGET));
            again.namespace("contract").delete("a");
        }

        List<Instant> times;
        try (XodusDatabase database = Engines.database(folder)) {
            times = TestStores.times(database);
            assertEquals(4, TestStores.revision(database));
        }
        assertEquals(4, times.size());
        assertEquals(TestClock.START, times.get(0));
        assertEquals(times.stream().sorted().distinct().toList(), times);
    }

    @Test
    void theTimeOfAClockThatWasTenYearsAheadIsNotCarriedOverARestart() {
        clock().advance(Duration.ofDays(3652));
        store().create(new Image("a", TARGET));
        stores().close();
        clock().advance(Duration.ofDays(-3652));

        try (ImageStores again = open(clock())) {
            assertEquals(
                    TestClock.START,
                    again.namespace("contract").create(new Image("b", TARGET)).createdAt());
        }
        try (ImageStores third = open(clock())) {
            assertEquals(
                    TestClock.START.plusNanos(1),
                    third.namespace("contract").create(new Image("c", TARGET)).createdAt());
        }
    }

    @Test
    void closedStoresAreUnavailable() {
        stores().close();

        assertThrows(Unavailable.class, () -> store().get("a"));
        assertThrows(Unavailable.class, () -> store().list());
        assertThrows(Unavailable.class, () -> store().create(new Image("a", TARGET)));
    }

    @Test
    void aFolderInUseIsRefusedWithItsNameAndItsHolder() {
        FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> open(clock()));

        assertEquals(
                "data folder " + folder + " is in use by another process (pid "
                        + ProcessHandle.current().pid() + "): failed precondition",
                refused.getMessage());
    }

    @Test
    void aFolderThatIsNotOursIsRefusedAndNotTouched(@TempDir Path foreign) throws Exception {
        Files.writeString(foreign.resolve("thesis.txt"), "mine");

        FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> Engines.open(foreign, clock()));

        assertEquals(
                "data folder " + foreign + " is not ours: it is not empty and has no file imaged.schema; name an"
                        + " empty folder: failed precondition",
                refused.getMessage());
        assertEquals(List.of("thesis.txt"), List.of(foreign.toFile().list()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4})
    void aFolderOfAnUnknownSchemaIsRefusedAndNotTouched(int schema, @TempDir Path other) throws Exception {
        Files.writeString(other.resolve("imaged.schema"), schema + "\n");

        FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> Engines.open(other, clock()));

        String known = schema == 0 ? "1 and newer" : "3 and older; use the imaged that wrote it. To go back, ";
        String start = "data folder " + other + " has schema " + schema + ", and this program knows " + known;
        assertTrue(refused.getMessage().startsWith(start), refused.getMessage());
        assertEquals(List.of("imaged.schema"), List.of(other.toFile().list()));
    }

    @Test
    void aFileInPlaceOfTheFolderIsRefused(@TempDir Path parent) throws Exception {
        Path file = Files.writeString(parent.resolve("file"), "mine");

        FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> Engines.open(file, clock()));

        assertTrue(refused.getMessage().startsWith("data folder " + file + " cannot be used: "));
    }

    @Test
    void anImageThatIsTooLargeForItsAnswerOrItsIndexIsRefusedAndNothingIsStored() {
        Image large = new Image("a", TARGET.withAnnotations(Map.of("k", "v".repeat(10 << 20))));
        store().create(large);
        Image larger = new Image("a", TARGET.withAnnotations(Map.of("l", "v".repeat(10 << 20))));
        assertThrows(InvalidArgument.class, () -> store().update(larger, UpdateMask.annotation("l")));
        assertEquals(large.target(), store().get("a").target());

        Map<String, String> labels = new HashMap<>();
        for (int i = 0; i < 100; i++) {
            labels.put("label" + i, "v");
        }
        String name = "n".repeat(1 << 20);
        assertThrows(InvalidArgument.class, () -> store().create(new Image(name, labels, TARGET)));
        assertThrows(InvalidArgument.class, () -> store().create(new Image("n".repeat((7 << 20) + 1), TARGET)));
        assertEquals(1, store().list().size());
    }

    @Test
    void aNameOfSevenMebibytesFitsIntoALogFileWithAllThatBelongsToIt() {
        String name = "é".repeat(7 << 19);
        Map<String, String> labels = Map.of("k".repeat(2048), "v".repeat(2048), "\0".repeat(2000), "\0".repeat(2000));
        store().create(new Image(name, labels, TARGET));
        store().create(new Image(name.substring(1), TARGET));
        store().update(new Image(name, TARGET.withAnnotations(Map.of("a", "b"))), UpdateMask.annotation("a"));
        stores().close();

        try (ImageStores again = open(clock())) {
            ImageStore store = again.namespace("contract");
            assertEquals(labels, store.get(name).labels());
            assertEquals(
                    1,
                    store.list(List.of("labels.\"" + "k".repeat(2048) + "\"")).size());
            store.delete(name);
            store.delete(name.substring(1));
            assertEquals(List.of(), store.list());
        }
    }

    @Test
    void readersBesideAWriterSeeItsWritesInOrderAndNoneThatWasAnsweredIsMissing() throws Exception {
        store().create(new Image("a", Map.of("n", "0"), TARGET));
        AtomicInteger answered = new AtomicInteger();
        ExecutorService readers = Executors.newFixedThreadPool(3);
        List<Future<Integer>> reads = new ArrayList<>();
        for (int reader = 0; reader < 3; reader++) {
            reads.add(readers.submit(() -> {
                int seen = 0;
                int count = 0;
                while (seen < 500) {
                    int before = Math.max(seen, answered.get());
                    seen = Integer.parseInt(store().get("a").labels().get("n"));
                    assertTrue(seen >= before, () -> "an older image than " + before);
                    count++;
                }
                return count;
            }));
        }
        for (int n = 1; n <= 500; n++) {
            store().update(new Image("a", Map.of("n", "" + n), TARGET), UpdateMask.label("n"));
            answered.set(n);
        }
        for (Future<Integer> read : reads) {
            assertTrue(read.get() > 0);
        }
        readers.shutdown();
    }
}
