package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.remote.RemoteImageStores;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the daemon in the midst of writes, again and again: what it acknowledged is there, what it did not is whole or
 * absent, and the indexes agree with the images. {@code -Dimaged.crash.rounds=500} is a long run.
 */
class CrashIT {
    private static final int ROUNDS = Integer.getInteger("imaged.crash.rounds", 10);
    private static final int WRITERS = 32;
    private static final int FEW_WRITERS = 2;
    private static final int NAMES_OF_A_WRITER = 8;
    private static final int NAMESPACES = 4;
    private static final int MAX_WRITES_BEFORE_KILL = 1500;

    @TempDir
    Path folder;

    private final Random random = new Random();
    private final AtomicInteger acknowledged = new AtomicInteger();

    @Test
    void nothingThatWasAcknowledgedIsMissingAndTheRestIsWholeOrAbsent() throws Exception {
        List<Writer> writers = new ArrayList<>();
        for (int number = 0; number < WRITERS; number++) {
            writers.add(new Writer(number));
        }
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
        for (int round = 1; round <= ROUNDS; round++) {
            // Where few write, commits are small, which the files are allocated ahead for.
            writeUntilKilled(round % 2 == 0 ? writers.subList(0, FEW_WRITERS) : writers, threads);
            try (DaemonProcess daemon = DaemonProcess.serve(folder);
                    RemoteImageStores stores = connect()) {
                for (Writer writer : writers) {
                    writer.verify(stores.namespace(writer.namespace));
                }
                for (int number = 0; number < NAMESPACES; number++) {
                    verifyLists(stores.namespace("ns" + number), writers, "ns" + number);
                }
                daemon.kill();
            }
            verifyStore();
        }
        threads.shutdown();
        assertTrue(acknowledged.get() > ROUNDS * WRITERS, acknowledged + " writes");
    }

    /** All that is stored agrees, and every acknowledged write has a revision of its own. */
    private void verifyStore() {
        try (Maintenance store = StoreFolder.open(folder.resolve("data"))) {
            assertEquals(List.of(), store.check().problems());
            assertTrue(store.stats().lastRevision() >= acknowledged.get(), "revisions are missing");
        }
    }

    private RemoteImageStores connect() {
        return RemoteImageStores.connect("unix://" + folder.resolve("s"));
    }

    /** Kills the daemon once a random number of writes is acknowledged, while all writers go on. */
    private void writeUntilKilled(List<Writer> writers, ExecutorService threads) throws Exception {
        try (DaemonProcess daemon = DaemonProcess.serve(folder);
                RemoteImageStores stores = connect()) {
            CountDownLatch enough = new CountDownLatch(1 + random.nextInt(MAX_WRITES_BEFORE_KILL));
            List<Future<?>> ends = new ArrayList<>();
            for (Writer writer : writers) {
                ends.add(
                        threads.submit(() -> writer.writeUntilUnavailable(stores.namespace(writer.namespace), enough)));
            }
            enough.await();
            daemon.kill();
            for (Future<?> end : ends) {
                end.get();
            }
        }
    }

    /** A list is the images that the writers know; the indexes of labels and digests have the same, each once. */
    private static void verifyLists(ImageStore store, List<Writer> writers, String namespace) {
        Map<String, Image> known = new TreeMap<>();
        for (Writer writer : writers) {
            if (writer.namespace.equals(namespace)) {
                known.putAll(writer.known);
            }
        }
        assertEquals(List.copyOf(known.values()), store.list());
        assertEquals(List.copyOf(known.values()), store.list(List.of("labels.n")));
        assertEquals(List.copyOf(known.values()), store.list(List.of("target.digest~=^sha256")));
        for (Image image : known.values()) {
            // Each by one index alone, whose entries the images have to equal.
            assertEquals(
                    with(known, other -> other.labels().equals(image.labels())),
                    store.list(List.of("labels.n==" + image.labels().get("n"))));
            assertEquals(
                    with(known, other -> other.target().equals(image.target())),
                    store.list(List.of("target.digest==" + image.target().digest())));
        }
    }

    private static List<Image> with(Map<String, Image> known, Predicate<Image> condition) {
        return known.values().stream().filter(condition).toList();
    }

    private static Descriptor target(int content) {
        byte[] bytes = Integer.toString(content).getBytes(StandardCharsets.UTF_8);
        return new Descriptor("type", Digest.sha256(bytes).toString(), content);
    }

    /** Writes to names of its own, one write after the other, and knows what they have to be. */
    private final class Writer {
        private final String namespace;
        private final String prefix;

        /** What was acknowledged, or found after a crash. */
        private final Map<String, Image> known = new HashMap<>();

        /** The write that has no answer yet: its name, and what it makes of the image, null for none. */
        private String attempted;

        private Image attempt;
        private int writes;

        Writer(int number) {
            this.namespace = "ns" + number % NAMESPACES;
            this.prefix = "docker.io/library/writer-" + number + ":";
        }

        void writeUntilUnavailable(ImageStore store, CountDownLatch enough) {
            try {
                while (true) {
                    write(store);
                    acknowledged.incrementAndGet();
                    enough.countDown();
                }
            } catch (ImageException.Unavailable e) {
                // the daemon is gone
            } finally {
                while (enough.getCount() > 0) { // a writer that failed ends the round, and its future says why
                    enough.countDown();
                }
            }
        }

        private void write(ImageStore store) {
            String name = prefix + random.nextInt(NAMES_OF_A_WRITER);
            Image present = known.get(name);
            attempted = name;
            writes++;
            if (present == null) {
                attempt = new Image(name, Map.of("n", "" + writes), target(writes));
                known.put(name, store.create(attempt));
            } else if (random.nextInt(4) == 0) {
                attempt = null;
                store.delete(name);
                known.remove(name);
            } else if (random.nextBoolean()) {
                attempt = present.withLabels(Map.of("n", "" + writes));
                known.put(name, store.update(attempt, UpdateMask.label("n")));
            } else {
                attempt = present.withTarget(target(writes));
                known.put(name, store.update(attempt, UpdateMask.target()));
            }
            attempted = null;
        }

        /** Compares all names, and takes over what became of the write that had no answer. */
        void verify(ImageStore store) {
            for (int i = 0; i < NAMES_OF_A_WRITER; i++) {
                String name = prefix + i;
                Image found = find(store, name);
                Image expected = known.get(name);
                if (name.equals(attempted) && !sameImage(expected, found)) {
                    assertEquals(content(attempt), content(found), "half a write to " + name);
                    adopt(name, expected, found);
                } else {
                    assertEquals(expected, found);
                }
            }
            attempted = null;
        }

        private void adopt(String name, Image before, Image found) {
            if (found == null) {
                known.remove(name);
                return;
            }
            assertTrue(before == null || found.updatedAt().isAfter(before.updatedAt()), "time of " + name);
            known.put(name, found);
        }

        private static boolean sameImage(Image one, Image other) {
            return one == null ? other == null : one.equals(other);
        }

        /** What a writer decides of an image: not its times. */
        private static List<Object> content(Image image) {
            return image == null ? List.of() : List.of(image.name(), image.labels(), image.target());
        }

        private static Image find(ImageStore store, String name) {
            try {
                return store.get(name);
            } catch (ImageException.NotFound e) {
                return null;
            }
        }
    }
}
