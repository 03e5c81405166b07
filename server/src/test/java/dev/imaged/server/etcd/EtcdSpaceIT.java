package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Change;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What becomes of writes when etcd runs out of space. */
class EtcdSpaceIT {
    private static final Descriptor TARGET =
            new Descriptor("m", "sha256:" + "a".repeat(64), 1).withAnnotations(Map.of("k", "v".repeat(10_000)));
    private static final int WRITERS = 32;
    private static final long PATIENCE_SECONDS = 120;

    /** How often a writer is refused before it stops. */
    private static final int REFUSALS = 3;

    private static ImageStore store(ImageStores stores) {
        return stores.namespace("ns");
    }

    private static Image image(String name, int value) {
        return new Image(name, Map.of("value", String.valueOf(value)), TARGET);
    }

    /** The values of an image that one writer wrote, by what it was told. */
    private record Written(String name, Set<Integer> acknowledged, Set<Integer> refused) {}

    private static Written write(ImageStore store, String name) {
        Written written = new Written(name, new HashSet<>(), new HashSet<>());
        store.create(image(name, 0));
        written.acknowledged().add(0);
        for (int value = 1; written.refused().size() < REFUSALS; value++) {
            try {
                store.update(image(name, value), UpdateMask.all());
                written.acknowledged().add(value);
            } catch (ResourceExhausted e) {
                assertEquals("QUOTA_EXCEEDED", e.reason());
                assertTrue(e.getMessage().startsWith("not stored: etcd is out of space: "), e.getMessage());
                written.refused().add(value);
            } catch (Unavailable e) { // it may be stored or not
                assertTrue(e.getMessage().startsWith("it is not known whether"), e.getMessage());
            }
        }
        return written;
    }

    @Test
    void nothingThatWasRefusedIsStoredLaterAndNothingAcknowledgedIsLost() throws Exception {
        try (EtcdCluster cluster = EtcdCluster.start(1, "--quota-backend-bytes=4194304")) {
            EtcdConfig config = cluster.newStore();
            try (ImageStores one = EtcdDaemons.openKeepingAll(config);
                    ImageStores two = EtcdDaemons.openKeepingAll(config)) {
                ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
                List<Future<Written>> writers = new ArrayList<>();
                for (int i = 0; i < WRITERS; i++) {
                    ImageStore store = store(i % 2 == 0 ? one : two);
                    String name = "image" + i;
                    writers.add(threads.submit(() -> write(store, name)));
                }
                List<Written> all = new ArrayList<>();
                for (Future<Written> writer : writers) {
                    all.add(writer.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
                }
                threads.shutdown();
                assertEquals(store(one).list(), store(two).list(), "reads go on");
                assertEquals("image0", store(one).get("image0").name());
                ResourceExhausted refused =
                        assertThrows(ResourceExhausted.class, () -> store(one).create(image("new", 0)));
                assertEquals("QUOTA_EXCEEDED", refused.reason());
                assertThrows(NotFound.class, () -> store(two).get("new"));
                EtcdAdmin admin = new EtcdAdmin(cluster);
                admin.freeSpace();
                admin.disarm();

                for (Written written : all) {
                    store(two).update(image(written.name(), -1), UpdateMask.all());
                    List<Change> changes = changes(one, written.name());
                    assertEquals(changes, changes(two, written.name()));
                    Set<Integer> stored = changes.stream()
                            .map(change -> change.after().labels().get("value"))
                            .map(Integer::valueOf)
                            .collect(Collectors.toSet());
                    assertTrue(stored.containsAll(written.acknowledged()), () -> written + " against " + stored);
                    assertFalse(
                            written.refused().stream().anyMatch(stored::contains),
                            () -> written + " against " + stored);
                    assertTrue(stored.contains(-1), () -> written.name() + " is not written again");
                }
            }
        }
    }

    private static List<Change> changes(ImageStores stores, String name) {
        return stores.history("ns").orElseThrow().changes(name).changes();
    }
}
