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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was not synced when the power fails may be missing, zeros, or there in part and in any order: what was acknowledged is
 * there all the same, the rest is whole or absent, and everything agrees. {@code -Dimaged.power.cuts=100000} is a long run.
 */
class PowerCutTest {
    private static final int CUTS = Integer.getInteger("imaged.power.cuts", 1000);
    private static final int WRITES = 400;
    private static final int NAMES = 20;
    private static final int IN_FLIGHT = 4;
    private static final int CLEANED_AFTER = 100;

    /** Small ones, so that files end, and are cleaned and deleted. */
    private static final long FILE_KIB = 64;

    @TempDir
    Path folder;

    private final RecordedDisk disk = new RecordedDisk();

    /** What is stored after each write. */
    private final List<Map<String, Image>> states = new ArrayList<>();

    @Test
    void nothingThatWasAcknowledgedIsMissingAndTheRestIsWholeOrAbsent() throws Exception {
        record();
        assertTrue(disk.hasRemoved(), "no file was deleted");
        Random random = new Random();
        for (int cut = 0; cut < CUTS; cut++) {
            long seed = random.nextLong();
            int after = new Random(seed).nextInt(disk.size() + 1);
            try {
                verify(after, new Random(seed));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("cut after event " + after + ", seed " + seed, e);
            }
        }
    }

    /** Writes in small batches while files are cleaned, and knows what is stored after each write. */
    private void record() throws IOException {
        Random random = new Random(1);
        Map<String, Image> state = new TreeMap<>();
        states.add(Map.copyOf(state));
        XodusDatabase database = open(folder.resolve("whole"), disk::recording);
        Committer committer = Engines.committer(database, new TestClock());
        try (ImageStores stores = new DecodedImageStores(new XodusImageEngine(database, committer))) {
            AsyncImageStore store = stores.async("ns");
            while (states.size() <= WRITES) {
                List<CompletableFuture<?>> batch = new ArrayList<>();
                for (int i = 0; i < IN_FLIGHT; i++) {
                    batch.add(write(store, state, random));
                }
                batch.forEach(CompletableFuture::join);
                if (states.size() % CLEANED_AFTER == 1) {
                    clean(database);
                }
            }
        }
    }

    /** Copies what is still needed of the files, and deletes them. */
    private static void clean(XodusDatabase database) {
        EnvironmentImpl environment =
                database.read((schema, transaction) -> (EnvironmentImpl) transaction.getEnvironment());
        environment.getEnvironmentConfig().setGcFilesDeletionDelay(0);
        environment.getGC().cleanEntireLog();
        environment.getGC().waitForPendingGC();
    }

    private CompletableFuture<?> write(AsyncImageStore store, Map<String, Image> state, Random random) {
        String name = "docker.io/library/app-" + random.nextInt(NAMES) + ":v1";
        int number = states.size();
        Image image = new Image(
                name,
                Map.of("n", "" + number, "filler", "x".repeat(random.nextInt(2000))),
                new Descriptor("type", "sha256:" + "%064x".formatted(random.nextInt(50)), 1 + number));
        disk.note(number);
        CompletableFuture<?> done;
        if (!state.containsKey(name)) {
            state.put(name, image);
            done = store.create(image);
        } else if (random.nextInt(4) == 0) {
            state.remove(name);
            done = store.delete(name);
        } else {
            state.put(name, image);
            done = store.update(image, UpdateMask.all());
        }
        states.add(Map.copyOf(state));
        return done.thenRun(() -> disk.note(-number));
    }

    private static XodusDatabase open(Path folder, UnaryOperator<DataWriter> layer) {
        return XodusDatabase.open(folder, Engines.CACHE_BYTES, FILE_KIB, layer);
    }

    private void verify(int after, Random random) throws IOException {
        Path cut = Files.createDirectory(folder.resolve("cut"));
        Path files = Files.createDirectory(cut.resolve("xodus"));
        RecordedDisk.Bounds bounds = disk.cut(after, random, files);
        Files.writeString(cut.resolve("imaged.schema"), XodusSchema.VERSION + "\n");
        try (XodusDatabase database = open(cut, UnaryOperator.identity())) {
            assertEquals(
                    List.of(),
                    database.read((schema, transaction) -> new DatabaseCheck(schema, transaction).run(List.of()))
                            .problems());
            long revision = database.read(Revisions::last);
            assertTrue(
                    revision >= bounds.acknowledged() && revision <= bounds.submitted(),
                    () -> "revision " + revision + " of " + bounds);
            assertEquals(contents(states.get((int) revision).values().stream()), contents(images(database).stream()));
        }
        delete(cut);
    }

    private static List<Image> images(XodusDatabase database) {
        List<Image> images = new ArrayList<>();
        database.read((schema, transaction) -> {
            schema.images().forEach(transaction, new byte[0], new byte[0], (key, value) -> {
                images.add(ImageCodec.image(ImageCodec.decode(key, value)));
                return true;
            });
            return true;
        });
        return images;
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
