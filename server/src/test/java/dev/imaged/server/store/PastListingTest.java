package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.AsOf;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.engine.EncodedVersion;
import dev.imaged.server.engine.ImageCatalog.ListQuery;
import dev.imaged.server.engine.ImageCatalog.Listing;
import dev.imaged.server.engine.ImageCatalog.Part;
import dev.imaged.server.store.cache.StoreCaches;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.write.Committer;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lists of the past, whatever part of the changes since then is in memory, while others write. */
class PastListingTest {
    private static final String NAMESPACE = "ns";
    private static final int NAMES = 30;
    private static final int WRITES = 120;

    private final Random random = new Random(7);
    private final MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
    private final StoreCaches caches = new StoreCaches(0, System::nanoTime);
    private final StoreReader reader = new StoreReader(database, caches);
    private final ChangeFeeds feeds = new ChangeFeeds(database, 0);
    private final Committer committer = TestStores.committer(
            database,
            new TestClock(),
            new Retention(100_000, Duration.ofDays(1)),
            new WriteLimits(10_000, Long.MAX_VALUE));
    private final EncodedImages images = new StoreImages(reader, committer, NAMESPACE, PlanChoice.ESTIMATED);

    /** The sizes of all images at each revision. */
    private final List<Map<String, Long>> states = new ArrayList<>(List.of(Map.of()));

    @BeforeEach
    void start() {
        committer.start();
    }

    @AfterEach
    void close() {
        committer.close();
        feeds.close();
        database.close();
    }

    /** Creates, updates or deletes an image of a random name. */
    private void write() {
        Map<String, Long> state = new TreeMap<>(states.get(states.size() - 1));
        String name = "n" + (10 + random.nextInt(NAMES));
        Image image = new Image(name, new Descriptor("m", "sha256:" + "a".repeat(64), states.size()));
        if (!state.containsKey(name)) {
            images.create(image, WriteOptions.DEFAULT).join();
            state.put(name, (long) states.size());
        } else if (random.nextBoolean()) {
            images.update(image, UpdateMask.all(), WriteOptions.DEFAULT).join();
            state.put(name, (long) states.size());
        } else {
            images.delete(name, DeleteOptions.DEFAULT).join();
            state.remove(name);
        }
        states.add(state);
    }

    private StoreCatalog catalog(long keptBytes, long listBytes) {
        return new StoreCatalog(database, reader, feeds, new RecentPasts(keptBytes, listBytes));
    }

    private static void add(Part part, Map<String, Long> to) throws Exception {
        for (EncodedVersion version : part.images()) {
            dev.imaged.proto.images.v1.Image image = dev.imaged.proto.images.v1.Image.parseFrom(version.image());
            assertEquals(null, to.put(image.getName(), image.getTarget().getSize()), image.getName() + " comes twice");
        }
    }

    /** The second number is so small in some rows that only one image has room. */
    @ParameterizedTest
    @CsvSource({"0, 1", "0, 2000", "0, 1000000", "100000, 1", "100000, 2000", "1000000, 1000000"})
    void everyRevisionIsListedAsItWas(long keptBytes, long listBytes) throws Exception {
        for (int i = 0; i < WRITES; i++) {
            write();
        }
        StoreCatalog catalog = catalog(keptBytes, listBytes);
        for (int revision = 0; revision < WRITES; revision++) {
            boolean inPages = random.nextBoolean();
            int size = 1 + random.nextInt(8);
            Map<String, Long> expected = states.get(revision);
            ListQuery query = new ListQuery(NAMESPACE, List.of(), AsOf.revision(revision), null);
            Listing listing = catalog.list(query);
            Map<String, Long> found = new TreeMap<>();
            Part part = listing.next(size, 1 << 20, Cancellation.NONE);
            add(part, found);
            while (part.last() != null) {
                if (random.nextInt(4) == 0) {
                    write();
                }
                if (inPages) {
                    listing = catalog.resume(query, part.position(), part.last(), false);
                }
                part = listing.next(size, 1 << 20, Cancellation.NONE);
                add(part, found);
            }
            assertEquals(expected, found, "revision " + revision + " in parts of " + size);
        }
    }

    @Test
    void thePastOfAListTakesNoMoreMemoryThanItMay() {
        for (int i = 0; i < WRITES; i++) {
            write();
        }
        byte[] first = Keys.images(NAMESPACE);
        long bytes = database.read(snapshot -> {
            PastImages past = new PastImages(snapshot.identity(), Set.of(NAMESPACE), 1, first, 2000);
            past.catchUp(snapshot, Cancellation.NONE);
            return past.bytes();
        });
        assertTrue(bytes <= 2000, bytes + " bytes");
    }
}
