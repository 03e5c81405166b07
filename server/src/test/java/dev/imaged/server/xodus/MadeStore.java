package dev.imaged.server.xodus;

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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.io.RemoveBlockType;

/**
 * A store of several small files at rest, and what it has to answer.
 *
 * @param shape how it came to be
 * @param newest its data folder
 * @param history its data folder at earlier moments, each with fewer writes, the oldest first
 * @param images all images of {@link #NAMESPACE} by name
 * @param revision how many writes it acknowledged
 */
record MadeStore(
        Shape shape, SavedFolder newest, List<SavedFolder> history, NavigableMap<String, Image> images, long revision) {
    static final String NAMESPACE = "ns";
    static final int NAMES = 30;

    /** As small as the engine takes them. */
    static final long FILE_KIB = 64;

    private static final int CLEANED_AFTER = 40;

    /** How a store came to be, which decides what its files look like. */
    enum Shape {
        /** Few large commits. */
        BULK_LOADED(360, 60),
        SINGLE_WRITES(120, 1),
        /** Files in the midst are gone. */
        CLEANED(160, 4),
        /** Never closed: the newest file ends with what was allocated ahead. */
        KILLED(100, 1);

        private final int writes;
        private final int inFlight;

        Shape(int writes, int inFlight) {
            this.writes = writes;
            this.inFlight = inFlight;
        }
    }

    static MadeStore make(Shape shape, Path folder, long seed) throws IOException {
        XodusDatabase database = open(folder);
        Maker maker = new Maker(folder, new Random(seed));
        SavedFolder running;
        try (ImageStores stores = stores(database)) {
            AsyncImageStore store = stores.async(NAMESPACE);
            while (maker.revision < shape.writes) {
                maker.write(store, shape.inFlight);
                if (shape == Shape.CLEANED && maker.revision % CLEANED_AFTER == 0) {
                    clean(database);
                }
            }
            running = maker.history.remove(maker.history.size() - 1);
        }
        SavedFolder newest = shape == Shape.KILLED ? running : SavedFolder.of(folder, running);
        SavedFolder.delete(folder);
        return new MadeStore(shape, newest, List.copyOf(maker.history), maker.images, maker.revision);
    }

    static XodusDatabase open(Path folder) {
        return open(folder, UnaryOperator.identity());
    }

    /** Opens a store, with something between the engine and its files. */
    static XodusDatabase open(Path folder, UnaryOperator<DataWriter> layer) {
        return Engines.database(folder, FILE_KIB, layer);
    }

    static ImageStores stores(XodusDatabase database) {
        return new DecodedImageStores(TestStores.open(database, new TestClock()));
    }

    /** Writes every second file of the log again and deletes it, but the newest. */
    private static void clean(XodusDatabase database) {
        EnvironmentImpl environment = Engines.environment(database);
        long[] newestFirst = environment.getLog().getAllFileAddresses();
        for (int i = newestFirst.length - 1; i > 0; i -= 2) {
            FileEvacuation cleaning = new FileEvacuation(environment, newestFirst[i]);
            while (!cleaning.slice(() -> () -> false)) {
                // goes on
            }
            environment.flushAndSync();
            database.requireOpen()
                    .files()
                    .allowRemoval(newestFirst[i], environment.getLog().getHighAddress());
            environment.removeFiles(new long[] {newestFirst[i]}, RemoveBlockType.Delete);
        }
    }

    private static final class Maker {
        private final Path folder;
        private final Random random;
        private final List<SavedFolder> history = new ArrayList<>();
        private final NavigableMap<String, Image> images = new TreeMap<>();
        private long revision;

        Maker(Path folder, Random random) {
            this.folder = folder;
            this.random = random;
        }

        /** What is asked for is stored in this order. */
        void write(AsyncImageStore store, int count) throws IOException {
            Map<String, Boolean> present = new TreeMap<>();
            images.keySet().forEach(name -> present.put(name, true));
            List<CompletableFuture<?>> written = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                revision++;
                Image image = image();
                boolean isPresent = present.getOrDefault(image.name(), false);
                boolean isDeleted = isPresent && random.nextInt(6) == 0;
                present.put(image.name(), !isDeleted);
                if (isDeleted) {
                    written.add(store.delete(image.name()).thenRun(() -> images.remove(image.name())));
                } else {
                    CompletableFuture<Image> future =
                            isPresent ? store.update(image, UpdateMask.all()) : store.create(image);
                    written.add(future.thenAccept(stored -> images.put(stored.name(), stored)));
                }
            }
            written.forEach(CompletableFuture::join);
            SavedFolder before = history.isEmpty() ? new SavedFolder(new TreeMap<>()) : history.get(history.size() - 1);
            history.add(SavedFolder.of(folder, before));
        }

        private Image image() {
            return new Image(
                    name(random.nextInt(NAMES)),
                    Map.of("team", "team-" + random.nextInt(3), "filler", "x".repeat(random.nextInt(3000))),
                    new Descriptor("type", "sha256:" + "%064x".formatted(random.nextInt(10)), 1 + revision));
        }
    }

    static String name(int number) {
        return "docker.io/library/app-" + number + ":v1";
    }
}
