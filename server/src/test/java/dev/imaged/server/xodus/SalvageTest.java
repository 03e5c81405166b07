package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.StoreFolder;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.engine.SalvageReport;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is saved of a damaged store is right, what is not is named, and the store is left as it is. */
class SalvageTest {
    private static final int IMAGES = 300;
    private static final int TRIALS = 40;
    private static final long SEED = 7;

    @TempDir
    Path data;

    private final Map<String, Image> written = new HashMap<>();
    private final Map<String, Image> saved = new HashMap<>();
    private final List<String> problems = new ArrayList<>();

    /** More than one file of the log, in each of which something is in use. */
    @BeforeEach
    void fill() throws IOException {
        try (ImageStores stores = new DecodedImageStores(Engines.open(data, new TestClock()))) {
            AsyncImageStore store = stores.async("ns");
            List<Image> images = IntStream.range(0, IMAGES)
                    .mapToObj(i -> new Image(
                            "docker.io/library/app-" + i + ":v1",
                            Map.of("filler", "x".repeat(4000), "n", "" + i),
                            new Descriptor("type", "sha256:" + "%064x".formatted(i), 1)))
                    .toList();
            images.stream()
                    .map(store::create)
                    .toList()
                    .forEach(created -> written.put(created.join().name(), created.join()));
            for (int round = 0; round < 12; round++) {
                List<CompletableFuture<Image>> updates = images.subList(IMAGES / 3, IMAGES).stream()
                        .map(image -> store.update(image, UpdateMask.all()))
                        .toList();
                updates.forEach(update -> written.put(update.join().name(), update.join()));
            }
        }
        assertTrue(files(".xd").size() > 1);
    }

    private SalvageReport salvage() {
        saved.clear();
        problems.clear();
        return StoreFolder.salvage(
                data,
                image -> {
                    assertEquals("ns", image.namespace());
                    saved.put(image.image().name(), image.image());
                },
                problems::add);
    }

    private List<Path> files(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("xodus"))) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    private Map<Path, List<Byte>> contents() throws IOException {
        Map<Path, List<Byte>> contents = new HashMap<>();
        for (Path file : files("")) {
            byte[] bytes = Files.readAllBytes(file);
            List<Byte> list = new ArrayList<>(bytes.length);
            for (byte b : bytes) {
                list.add(b);
            }
            contents.put(file, list);
        }
        return contents;
    }

    @Test
    void anUndamagedStoreIsSavedAsAWhole() {
        assertEquals(new SalvageReport(IMAGES, 0, true), salvage(), () -> problems.toString());
        assertTrue(written.equals(saved), "what is saved is not what was written");
        assertEquals(List.of(), problems);
    }

    @Test
    void whatIsSavedIsRightAndWhatIsNotIsNamed() throws IOException {
        Random random = new Random(SEED);
        int whole = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            List<Path> files = files(".xd");
            Path file = files.get(random.nextInt(files.size()));
            byte[] undamaged = Files.readAllBytes(file);
            damage(file, random);
            Map<Path, List<Byte>> before = trial % 10 == 0 ? contents() : Map.of();
            SalvageReport report = salvage();
            if (trial % 10 == 0) {
                assertEquals(before, contents(), "trial " + trial);
            }
            assertEquals(saved.size(), report.saved());
            saved.forEach((name, image) -> assertRight(image, report));
            assertTrue(!report.complete() || saved.size() == IMAGES, "trial " + trial);
            assertTrue(report.complete() || !problems.isEmpty(), "trial " + trial);
            whole += saved.size() == IMAGES ? 1 : 0;
            Files.write(file, undamaged);
        }
        // History tells what records do not, and older states what a newer one does not.
        assertTrue(whole > TRIALS / 4, whole + " of " + TRIALS);
    }

    private static void damage(Path path, Random random) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek((long) (random.nextDouble() * (file.length() - 100)));
            byte[] garbage = new byte[50];
            random.nextBytes(garbage);
            file.write(garbage);
        }
    }

    @Test
    void aStoreWhoseOldestFileIsMissingIsSavedAsFarAsItIsThere() throws IOException {
        Files.delete(files(".xd").get(0));
        assertThrows(FailedPrecondition.class, () -> Engines.open(data, new TestClock()));
        SalvageReport report = salvage();
        assertFalse(report.complete());
        assertTrue(report.saved() >= IMAGES / 2, report::toString);
        assertTrue(report.saved() > 0, () -> report + " " + problems.subList(0, Math.min(5, problems.size())));
        saved.forEach((name, image) -> assertRight(image, report));
    }

    /** An image is as it was written last, or, when it is said that not all could be read, as it was before. */
    private void assertRight(Image image, SalvageReport report) {
        Image last = written.get(image.name());
        if (report.complete() && problems.isEmpty()) {
            assertTrue(last.equals(image), () -> image.name() + " is not as it was written");
        }
        assertTrue(image.labels().equals(last.labels()), image.name());
        assertEquals(last.target(), image.target());
        assertEquals(last.createdAt(), image.createdAt());
        assertFalse(image.updatedAt().isAfter(last.updatedAt()), image.name());
    }
}
