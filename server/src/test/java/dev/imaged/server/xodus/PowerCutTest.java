package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.xodus.cleaning.FileEvacuation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.io.RemoveBlockType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was not synced when the power fails may be missing, zeros, or there in part and in any order: what was acknowledged is
 * there all the same, the rest is whole or absent, and everything agrees. {@code -Dimaged.power.cuts=100000} is a long run.
 */
class PowerCutTest {
    private static final int CUTS = Integer.getInteger("imaged.power.cuts", 500);
    private static final int WRITES = 400;
    private static final int NAMES = 20;
    private static final int IN_FLIGHT = 4;
    private static final int CLEANED_AFTER = 100;
    private static final int LATER_WRITES = 12;

    /** Small ones, so that files end, and are cleaned and deleted; large enough to be allocated in several steps. */
    private static final long FILE_KIB = 320;

    @TempDir
    Path folder;

    /** What is stored after each write. */
    private final List<Map<String, Image>> states = new ArrayList<>(List.of(Map.of()));

    @Test
    void nothingThatWasAcknowledgedIsMissingAndTheRestIsWholeOrAbsent() throws Exception {
        RecordedDisk disk = recordFirst();
        assertTrue(disk.hasRemoved(), "no file was deleted");
        repeat(CUTS, random -> {
            Path cut = Files.createDirectory(folder.resolve("cut"));
            RecordedDisk.Bounds bounds = cut(disk, random, cut);
            try (XodusDatabase database = open(cut, UnaryOperator.identity())) {
                verify(database, bounds, states);
            }
            delete(cut);
        });
    }

    @Test
    void noCutTakesAwayWhatWasAcknowledgedAfterTheOneBefore() throws Exception {
        RecordedDisk disk = recordFirst();
        repeat(CUTS / 5, random -> {
            Path first = Files.createDirectory(folder.resolve("first"));
            RecordedDisk.Bounds bounds = cut(disk, random, first);
            RecordedDisk again = new RecordedDisk(first.resolve("xodus"));
            XodusDatabase database = open(first, again::recording);
            int revision = verify(database, bounds, states);
            List<Map<String, Image>> later = new ArrayList<>(states.subList(0, revision + 1));
            record(database, again, later, revision + LATER_WRITES, random);

            Path second = Files.createDirectory(folder.resolve("second"));
            RecordedDisk.Bounds secondBounds = cut(again, random, second);
            try (XodusDatabase cutAgain = open(second, UnaryOperator.identity())) {
                verify(cutAgain, secondBounds.atLeast(revision), later);
            }
            delete(first);
            delete(second);
        });
    }

    /** One power cut, or several in a row. */
    private interface Cuts {
        void run(Random random) throws IOException;
    }

    private static void repeat(int times, Cuts cuts) throws IOException {
        Random random = new Random();
        for (int i = 0; i < times; i++) {
            long seed = random.nextLong();
            try {
                cuts.run(new Random(seed));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** Writes in small batches while files are cleaned, and knows what is stored after each write. */
    private RecordedDisk recordFirst() throws IOException {
        Path whole = folder.resolve("whole");
        RecordedDisk disk = new RecordedDisk(whole.resolve("xodus"));
        record(open(whole, disk::recording), disk, states, WRITES, new Random(1));
        return disk;
    }

    private static void record(
            XodusDatabase database, RecordedDisk disk, List<Map<String, Image>> states, int writes, Random random) {
        Map<String, Image> state = new TreeMap<>(states.get(states.size() - 1));
        try (ImageStores stores = new DecodedImageStores(TestStores.open(database, new TestClock()))) {
            AsyncImageStore store = stores.async("ns");
            while (states.size() <= writes) {
                List<CompletableFuture<?>> batch = new ArrayList<>();
                for (int i = 0; i < IN_FLIGHT; i++) {
                    int number = states.size();
                    disk.note(number);
                    batch.add(write(store, state, number, random).thenRun(() -> disk.note(-number)));
                    states.add(Map.copyOf(state));
                }
                batch.forEach(CompletableFuture::join);
                if (states.size() % CLEANED_AFTER == 1) {
                    clean(database);
                }
            }
        }
    }

    /** Copies what is still needed of the files but the newest, in slices as short as they can be, and deletes them. */
    private static void clean(XodusDatabase database) {
        EnvironmentImpl environment = Engines.environment(database);
        long[] files = environment.getLog().getAllFileAddresses();
        for (int i = files.length - 1; i > 0; i--) {
            FileEvacuation cleaning = new FileEvacuation(environment, files[i]);
            while (!cleaning.slice(() -> () -> true)) {
                // goes on
            }
            environment.flushAndSync();
            database.requireOpen()
                    .files()
                    .allowRemoval(files[i], environment.getLog().getHighAddress());
            environment.removeFiles(new long[] {files[i]}, RemoveBlockType.Delete);
        }
    }

    private static CompletableFuture<?> write(
            AsyncImageStore store, Map<String, Image> state, int number, Random random) {
        String name = "docker.io/library/app-" + random.nextInt(NAMES) + ":v1";
        Image image = new Image(
                name,
                Map.of("n", "" + number, "filler", "x".repeat(1 + random.nextInt(2000))),
                new Descriptor("type", "sha256:" + "%064x".formatted(random.nextInt(50)), 1 + number));
        if (!state.containsKey(name)) {
            state.put(name, image);
            return store.create(image);
        } else if (random.nextInt(4) == 0) {
            state.remove(name);
            return store.delete(name);
        }
        state.put(name, image);
        return store.update(image, UpdateMask.all());
    }

    private static XodusDatabase open(Path folder, UnaryOperator<DataWriter> layer) {
        return Engines.database(folder, FILE_KIB, layer);
    }

    /** Makes a data folder as a power cut at any moment may leave it. */
    private static RecordedDisk.Bounds cut(RecordedDisk disk, Random random, Path folder) throws IOException {
        Path files = Files.createDirectory(folder.resolve("xodus"));
        Files.writeString(folder.resolve("imaged.schema"), TestStores.CONTENTS.version() + "\n");
        return disk.cut(random.nextInt(disk.size() + 1), random, files);
    }

    /** Returns how many writes are stored. */
    private static int verify(XodusDatabase database, RecordedDisk.Bounds bounds, List<Map<String, Image>> states) {
        assertEquals(List.of(), TestStores.problems(database));
        int revision = (int) TestStores.revision(database);
        assertTrue(
                revision >= bounds.acknowledged() && revision <= bounds.submitted(),
                () -> "revision " + revision + " of " + bounds);
        assertEquals(contents(states.get(revision).values().stream()), contents(TestStores.images(database).stream()));
        return revision;
    }

    /** What a writer decides: not the times. */
    private static List<String> contents(Stream<Image> images) {
        return images.map(image -> image.name() + image.labels() + image.target())
                .sorted()
                .toList();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> assertTrue(file.toFile().delete()));
        }
    }
}
