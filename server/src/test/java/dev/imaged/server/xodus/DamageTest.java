package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.DecodedImageStores;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What changed on the disk is never taken for data: it is refused, or answered with DataLoss. */
class DamageTest {
    private static final int IMAGES = 400;
    private static final int FLIPS = 45;
    private static final int ROUNDS = 4;
    private static final int DAMAGED = 20;
    private static final long SEED = 20;
    private static final String NOTE = "imaged.synced";

    private static final Map<String, String> FILLER = Map.of("k", "v".repeat(16 * 1024));

    @TempDir
    static Path undamaged;

    @TempDir
    Path folder;

    private static final Map<String, Image> written = new ConcurrentHashMap<>();

    /** More than one file of the log. */
    @BeforeAll
    static void fill() {
        try (ImageStores stores = new DecodedImageStores(Engines.open(undamaged, new TestClock()))) {
            AsyncImageStore store = stores.async("ns");
            inParallel(i -> store.create(image(i)));
            for (int round = 0; round < ROUNDS; round++) {
                inParallel(i ->
                        store.update(image(i), UpdateMask.all()).thenAccept(image -> written.put(image.name(), image)));
            }
            // So that the images are not in the newest file, which is refused as a whole.
            AsyncImageStore filler = stores.async("filler");
            inParallel(i -> filler.create(new Image("n" + i, image(i).target().withAnnotations(FILLER))));
        }
    }

    private static void inParallel(IntFunction<CompletableFuture<?>> write) {
        IntStream.range(0, IMAGES).mapToObj(write).toList().forEach(CompletableFuture::join);
    }

    @BeforeEach
    void copy() throws IOException {
        Files.createDirectory(folder.resolve("xodus"));
        for (String name : List.of("", "xodus")) {
            try (Stream<Path> files = Files.list(undamaged.resolve(name))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, folder.resolve(undamaged.relativize(file)));
                }
            }
        }
        assertTrue(files(".xd").size() > 1, files(".xd") + " are too few");
    }

    private static Image image(int i) {
        return new Image(
                "docker.io/library/app-" + i + ":v1",
                Map.of("team", "team-" + i / 100, "filler", "x".repeat(3000)),
                new Descriptor("type", "sha256:" + "%064x".formatted(i), 1));
    }

    private ImageStores open() {
        return new DecodedImageStores(Engines.open(folder, new TestClock()));
    }

    private List<Path> files(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("xodus"))) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aBitThatFlipsAnywhereIsNeverAWrongAnswer() throws Exception {
        Random random = new Random(SEED);
        List<Path> files = new ArrayList<>(files(".xd"));
        files.addAll(files(".crc"));
        int refused = 0;
        for (int flip = 0; flip < FLIPS; flip++) {
            Path file = files.get(flip % files.size());
            long bit = (long) (random.nextDouble() * Files.size(file) * 8);
            flip(file, bit);
            List<String> before = names();
            try (ImageStores stores = open()) {
                readAll(stores.namespace("ns"));
            } catch (FailedPrecondition e) {
                refused++;
                assertTrue(e.getMessage().startsWith("data folder " + folder + " is damaged: file "), e.getMessage());
                assertEquals(before, names());
            }
            flip(file, bit);
        }
        assertTrue(refused > 0, "none was refused");
        try (ImageStores stores = open()) {
            assertEquals(0, readAll(stores.namespace("ns")));
        }
    }

    /** Returns how many of all the answers are DataLoss; every other one has to be right. */
    private int readAll(ImageStore store) {
        int lost = 0;
        for (Image image : written.values()) {
            lost += isLost(() -> assertEquals(image, store.get(image.name())));
        }
        for (int team = 0; team < IMAGES / 100; team++) {
            String filter = "labels.team==team-" + team;
            lost += isLost(() -> assertEquals(100, store.list(List.of(filter)).size()));
        }
        lost += isLost(() -> assertEquals(IMAGES, store.list().size()));
        return lost;
    }

    private static int isLost(Runnable read) {
        try {
            read.run();
            return 0;
        } catch (DataLoss e) {
            return 1;
        }
    }

    private static void flip(Path path, long bit) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(bit / 8);
            int old = file.read();
            file.seek(bit / 8);
            file.write(old ^ (1 << (bit % 8)));
        }
    }

    private List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        for (Path file : files("")) {
            if (!file.endsWith("xd.lck")) {
                names.add(file.getFileName() + " " + Files.size(file));
            }
        }
        return names;
    }

    @Test
    void whatMeetsDamageFailsAloneAndTheRestIsServed() throws Exception {
        int reads = 0;
        int writes = 0;
        for (int i = 0; i < DAMAGED; i++) {
            damage(image(IMAGES / 2 + i).name());
            try (ImageStores stores = open()) {
                ImageStore store = stores.namespace("ns");
                reads += readAll(store);
                Image image = written.get(image(IMAGES / 2 + i).name());
                writes += isLost(() -> store.update(image, UpdateMask.all()));
            } catch (FailedPrecondition e) {
                // What every answer needs is on the page of one of the first images.
                assertTrue(e.getMessage().contains("of the database is damaged at byte "), e.getMessage());
            }
            restore();
        }
        assertTrue(reads > 0, "no answer was DataLoss");
        assertTrue(writes > 0, "no write was DataLoss");
    }

    @Test
    void aDeleteThatMeetsDamageInAnIndexIsNotHalfDone() throws Exception {
        int found = 0;
        for (int i = 0; i < DAMAGED; i++) {
            Image image = image(IMAGES / 2 + i);
            damage("\0" + image.name()); // the end of a key that no other begins like, in the index of digests
            try (ImageStores stores = open()) {
                ImageStore store = stores.namespace("ns");
                if (isLost(() -> store.get(image.name())) == 0 && isLost(() -> store.delete(image.name())) > 0) {
                    found++;
                    assertEquals(image.name(), store.get(image.name()).name());
                    assertEquals(1, store.list(List.of("name==" + image.name())).size());
                }
            } catch (FailedPrecondition e) {
                // What every answer needs is on the same page.
            }
            restore();
        }
        assertTrue(found > 0, "no delete met damage");
    }

    /** Flips a bit wherever a complete file has these bytes: one of them is in use. */
    private void damage(String text) throws IOException {
        List<Path> files = files(".xd");
        for (Path file : files.subList(0, files.size() - 1)) {
            String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
            for (int at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
                flip(file, 8L * at);
            }
        }
    }

    /** Puts the undamaged files back. */
    private void restore() throws IOException {
        for (Path file : names(folder.resolve("xodus"))) {
            Files.delete(file);
        }
        for (Path file : names(undamaged.resolve("xodus"))) {
            Files.copy(file, folder.resolve(undamaged.relativize(file)));
        }
        // A write that met no damage was noted, and the files that are back do not have it.
        Files.copy(undamaged.resolve(NOTE), folder.resolve(NOTE), StandardCopyOption.REPLACE_EXISTING);
    }

    private static List<Path> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void aNewestFileThatIsShorterThanWhatWasSyncedOrGoneIsRefusedAndLeftAlone() throws Exception {
        Path newest = files(".xd").get(files(".xd").size() - 1);
        byte[] bytes = Files.readAllBytes(newest);
        try (RandomAccessFile file = new RandomAccessFile(newest.toFile(), "rw")) {
            file.setLength(bytes.length - 1);
        }
        List<String> before = names();
        ImageException refused = assertThrows(FailedPrecondition.class, this::open);
        assertEquals(
                "data folder " + folder + " is damaged: file " + newest.getFileName() + " has " + (bytes.length - 1)
                        + " bytes of " + bytes.length
                        + " that were synced; put the file back, restore a backup, or copy what can be read with: imaged salvage "
                        + folder + " --to NEW: failed precondition",
                refused.getMessage());
        assertEquals(before, names());

        Files.delete(newest);
        refused = assertThrows(FailedPrecondition.class, this::open);
        assertTrue(refused.getMessage().contains(newest.getFileName() + " is missing"), refused.getMessage());

        Files.write(newest, bytes);
        try (ImageStores stores = open()) {
            assertEquals(0, readAll(stores.namespace("ns")));
        }
    }

    @Test
    void anOlderFileThatIsTruncatedIsRefused() throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(files(".xd").get(0).toFile(), "rw")) {
            file.setLength(4096);
        }
        assertThrows(FailedPrecondition.class, this::open);
    }

    @Test
    void filesWithoutChecksumsAreReadUnchecked() throws Exception {
        for (Path checksums : files(".crc")) {
            Files.delete(checksums);
        }
        try (ImageStores stores = open()) {
            assertEquals(0, readAll(stores.namespace("ns")));
        }
    }

    /** An older version has no list of files and no note, and may have been killed in the midst of a transaction. */
    @Test
    void aFolderWithoutAListOfFilesKeepsAllOfThemWhateverItEndsWith() throws Exception {
        Files.delete(folder.resolve("xodus/files"));
        Files.delete(folder.resolve(NOTE));
        Path newest = files(".xd").get(files(".xd").size() - 1);
        byte[] unfinished = Arrays.copyOf(Files.readAllBytes(newest), 5000);
        Files.write(newest, unfinished, StandardOpenOption.APPEND);
        List<Path> before = files(".xd");
        for (int start = 0; start < 2; start++) {
            try (ImageStores stores = open()) {
                assertEquals(0, readAll(stores.namespace("ns")));
                stores.namespace("other").create(image(start));
            }
            assertEquals(before, files(".xd"));
        }
    }
}
