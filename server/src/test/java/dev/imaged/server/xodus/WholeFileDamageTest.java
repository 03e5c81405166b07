package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole files that are missing, cut, longer, swapped, older or of another store are never taken for data: a start is refused,
 * changes nothing and says the way out, or all that can be read is right. {@code -Dimaged.damage.trials=10000} is a long run;
 * {@code -Dimaged.damage.seed=N} runs one trial of each kind again.
 */
class WholeFileDamageTest {
    private static final Long SEED = Long.getLong("imaged.damage.seed");
    private static final int TRIALS =
            SEED != null ? 1 : Integer.getInteger("imaged.damage.trials", 1000) / (int) kinds().count() + 1;
    private static final Image LATER = new Image("later", new Descriptor("m", "sha256:" + "a".repeat(64), 1));

    @TempDir
    static Path making;

    @TempDir
    Path temp;

    private static final Map<MadeStore.Shape, List<MadeStore>> stores = new EnumMap<>(MadeStore.Shape.class);

    /** Two of each shape, so that a file may come from another store. */
    @BeforeAll
    static void make() throws IOException {
        for (MadeStore.Shape shape : MadeStore.Shape.values()) {
            List<MadeStore> made = List.of(
                    MadeStore.make(shape, making.resolve("one"), 1), MadeStore.make(shape, making.resolve("other"), 2));
            made.forEach(store -> {
                int files = store.newest().logFiles().size();
                assertTrue(files >= 5 && files <= 30, () -> shape + " has " + files + " files");
            });
            stores.put(shape, made);
        }
    }

    static Stream<WholeFileDamage> kinds() {
        return WholeFileDamage.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    @Timeout(600)
    void isRefusedOrEveryAnswerIsRightAndOncePutBackNothingIsMissing(WholeFileDamage kind) throws IOException {
        Random seeds = new Random();
        List<String> failures = new ArrayList<>();
        int damaged = 0;
        for (int i = 0; i < TRIALS; i++) {
            long seed = SEED != null ? SEED : seeds.nextInt();
            Trial trial = new Trial(kind, new Random(seed));
            damaged += trial.touched.isEmpty() ? 0 : 1;
            try {
                trial.run();
            } catch (RuntimeException | AssertionError e) {
                failures.add("seed " + seed + ", " + trial + ": " + e);
            }
        }
        if (!failures.isEmpty()) {
            fail(kind + ": " + failures.size() + " of " + TRIALS + " trials\n" + String.join("\n", failures));
        }
        assertTrue(damaged > 0 || SEED != null, () -> kind + ": no trial changed a file");
    }

    /** One store that is damaged once. */
    private final class Trial {
        private final WholeFileDamage kind;
        private final MadeStore.Shape shape;
        private final boolean isPutBack;
        private final MadeStore store;
        private final SavedFolder damaged;

        /** What is damaged: the paths of files. */
        private final SortedSet<String> touched;

        private final Path folder = temp.resolve("data");

        Trial(WholeFileDamage kind, Random random) {
            this.kind = kind;
            List<MadeStore.Shape> shapes = List.copyOf(stores.keySet());
            this.shape = shapes.get(random.nextInt(shapes.size()));
            this.isPutBack = random.nextBoolean();
            this.store = stores.get(shape).get(0);
            this.damaged = kind.apply(store, stores.get(shape).get(1), random);
            this.touched = store.newest().differences(damaged);
        }

        void run() throws IOException {
            damaged.writeTo(folder);
            boolean opens;
            try {
                opens = serve(isPutBack);
            } catch (FailedPrecondition | DataLoss refusal) {
                opens = false;
                verifyRefusal(refusal);
            }
            assertTrue(opens || !kind.opens(), "it was refused");
            if (isPutBack) {
                putBack();
                assertTrue(serve(true), "it did not open once put back");
                verifyAllIsRight();
            }
        }

        /** Opens the store and reads all; unless it is only looked at, it is written to. A refusal is thrown. */
        private boolean serve(boolean isReadOnly) {
            boolean isWritten;
            XodusDatabase database = MadeStore.open(folder);
            try (ImageStores served = MadeStore.stores(database)) {
                try {
                    readAll(database, served, store.images(), store.revision());
                    isWritten = !isReadOnly && write(served);
                } catch (FailedPrecondition | DataLoss e) {
                    throw new AssertionError("not of the start", e);
                }
            }
            if (isWritten) {
                verifyLater();
            }
            return true;
        }

        /** Whether a write is acknowledged. */
        private boolean write(ImageStores served) {
            try {
                served.namespace(MadeStore.NAMESPACE).create(LATER);
                return true;
            } catch (DataLoss e) {
                verifyNamed(e);
                return false;
            }
        }

        private void verifyLater() {
            XodusDatabase database = MadeStore.open(folder);
            try (ImageStores served = MadeStore.stores(database)) {
                NavigableMap<String, Image> images = new TreeMap<>(store.images());
                images.put(LATER.name(), served.namespace(MadeStore.NAMESPACE).get(LATER.name()));
                readAll(database, served, images, store.revision() + 1);
            } catch (ImageException e) {
                throw new AssertionError("after a write that was acknowledged", e);
            }
        }

        private void verifyAllIsRight() {
            XodusDatabase database = MadeStore.open(folder);
            try (ImageStores served = MadeStore.stores(database)) {
                assertEquals(0, readAll(database, served, store.images(), store.revision()), "lost once put back");
                assertEquals(List.of(), problems(database));
            }
        }

        /** Returns how many of all the answers are DataLoss; every other one has to be right. */
        private int readAll(
                XodusDatabase database, ImageStores served, NavigableMap<String, Image> images, long revision) {
            ImageStore reads = served.namespace(MadeStore.NAMESPACE);
            int lost = isLost(() -> assertEquals(revision, (long) database.read(Revisions::last), "revision"));
            for (int i = 0; i < MadeStore.NAMES; i++) {
                String name = MadeStore.name(i);
                lost += isLost(() -> assertEquals(images.get(name), find(reads, name)));
            }
            lost += isLost(() -> assertEquals(List.copyOf(images.values()), reads.list()));
            for (String team : List.of("team-0", "team-1", "team-2")) {
                lost += isLost(() -> assertEquals(
                        images.values().stream()
                                .filter(image -> team.equals(image.labels().get("team")))
                                .toList(),
                        reads.list(List.of("labels.team==" + team))));
            }
            if (lost > 0) {
                assertFalse(problems(database).isEmpty(), "a check finds nothing");
            }
            return lost;
        }

        private static List<String> problems(XodusDatabase database) {
            return database.read((schema, transaction) ->
                            new DatabaseCheck(schema, transaction).run(database.fileProblems()))
                    .problems();
        }

        private static Image find(ImageStore images, String name) {
            try {
                return images.get(name);
            } catch (NotFound e) {
                return null;
            }
        }

        private int isLost(Runnable read) {
            try {
                read.run();
                return 0;
            } catch (DataLoss e) {
                verifyNamed(e);
                return 1;
            }
        }

        private void verifyNamed(DataLoss loss) {
            String message = loss.getMessage();
            assertTrue(
                    touched.stream().map(Trial::stem).anyMatch(message::contains),
                    () -> "names no damaged file: " + message);
        }

        private void verifyRefusal(ImageException refusal) throws IOException {
            SortedSet<String> changed = damaged.differences(SavedFolder.of(folder));
            changed.remove(SavedFolder.LOCK);
            assertEquals(new TreeSet<>(), changed, "files that changed: " + refusal);
            String message = refusal.getMessage();
            boolean isPutBackTold = message.matches("(?s).*\\bput\\b.*\\bback\\b.*")
                    && touched.stream().map(Trial::stem).anyMatch(message::contains);
            assertTrue(
                    message.contains("imaged salvage") || message.contains("restore a backup") || isPutBackTold,
                    () -> "no way out: " + message);
        }

        /** The name of a file without folder and suffix. */
        private static String stem(String path) {
            return path.substring(path.lastIndexOf('/', path.length() - 2) + 1).replaceFirst("\\.(xd|crc)$", "");
        }

        private void putBack() throws IOException {
            SavedFolder now = SavedFolder.of(folder);
            for (String name : touched) {
                byte[] bytes = store.newest().files().get(name);
                if (bytes == null) {
                    now.files().remove(name);
                } else {
                    now.files().put(name, bytes);
                }
            }
            now.writeTo(folder);
        }

        @Override
        public String toString() {
            String files = touched.size() > 3 ? touched.size() + " files" : touched.toString();
            return shape + (isPutBack ? ", put back, " : ", ") + files;
        }
    }
}
