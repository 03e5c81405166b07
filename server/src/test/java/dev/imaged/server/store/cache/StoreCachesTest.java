package dev.imaged.server.store.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.images.Image;
import dev.imaged.images.TestClock;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.write.Committer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in memory is what the database holds, whatever is written meanwhile. */
@Timeout(60) // for what is awaited
class StoreCachesTest {
    private final AtomicLong nanos = new AtomicLong();
    private MemoryDatabase database;
    private StoreCaches caches;
    private Committer committer;

    @BeforeEach
    void open() {
        open(1 << 20);
    }

    private void open(long maxBytes) {
        database = new MemoryDatabase(TestStores.CONTENTS);
        caches = new StoreCaches(maxBytes, nanos::get);
        caches.open(database);
        committer =
                new Committer(database, caches, new TestClock(), Instant.MIN, TestStores.RETENTION, TestStores.LIMITS);
        committer.start();
    }

    @AfterEach
    void close() {
        caches.close();
        committer.close();
        database.close();
    }

    private CompletableFuture<?> put(String namespace, String name, int size) {
        Image image =
                new Image(name, Map.of("label", "x".repeat(size)), new Descriptor("m", "sha256:" + "a".repeat(64), 1));
        return committer.submit(1, transaction -> {
            DecodedRecord existing = transaction.find(namespace, name);
            return existing == null
                    ? transaction.begin(namespace).createNow(image)
                    : transaction.begin(namespace).updateNow(existing, image);
        });
    }

    private CompletableFuture<?> remove(String namespace, String name) {
        return committer.submit(1, transaction -> {
            DecodedRecord existing = transaction.find(namespace, name);
            if (existing != null) {
                transaction.begin(namespace).deleteNow(existing);
            }
            return "";
        });
    }

    private @Nullable ImageTree inMemory(String namespace) {
        return database.read(snapshot -> caches.at(snapshot, Revisions.last(snapshot), namespace));
    }

    /** Waits until a namespace is in memory, which happens on another thread. */
    private ImageTree loaded(String namespace) throws InterruptedException {
        ImageTree tree = inMemory(namespace);
        while (tree == null) {
            caches.request(namespace);
            Thread.sleep(1);
            tree = inMemory(namespace);
        }
        return tree;
    }

    private static ByteString stored(Snapshot snapshot, String namespace) {
        EncodedResponse response = new EncodedResponse();
        snapshot.scan(Schema.IMAGES.entries(), Keys.images(namespace), (key, value) -> {
            EncodedRecord image = ImageCodec.decode(key, value);
            response.add(image.value(), image.offset(), image.size());
            return true;
        });
        return response.build();
    }

    private void assertAsStored(String namespace) throws InterruptedException {
        ImageTree tree = loaded(namespace);
        assertEquals(database.read(snapshot -> stored(snapshot, namespace)), tree.response(), namespace);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyWritesAreInMemoryOnceTheyAreDone(long seed) throws InterruptedException {
        put("ns", "stays", 1).join();
        put("other", "stays", 1).join();
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            List<CompletableFuture<?>> writes = new ArrayList<>();
            for (int changes = random.nextInt(round % 10 == 9 ? 200 : 6); changes > 0; changes--) {
                String namespace = random.nextInt(5) == 0 ? "other" : "ns";
                String name = "n" + random.nextInt(200);
                writes.add(
                        random.nextInt(3) == 0
                                ? remove(namespace, name)
                                : put(namespace, name, 1 + random.nextInt(400)));
            }
            writes.forEach(CompletableFuture::join);
            assertAsStored("ns");
            assertAsStored("other");
        }
    }

    @Test
    void whatIsReadWhileOthersWriteIsOfTheRevisionOfItsSnapshot() throws InterruptedException {
        for (int i = 0; i < 3000; i++) {
            put("ns", "n" + i, 10);
        }
        put("ns", "n", 1).join();
        loaded("ns");
        AtomicBoolean done = new AtomicBoolean();
        Thread writer = new Thread(() -> {
            Random random = new Random(1);
            while (!done.get()) {
                List<CompletableFuture<?>> writes = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    String name = "n" + random.nextInt(3000);
                    writes.add(random.nextBoolean() ? remove("ns", name) : put("ns", name, random.nextInt(50)));
                }
                writes.forEach(CompletableFuture::join);
            }
        });
        writer.start();
        try {
            for (int compared = 0; compared < 100; ) {
                compared += database.read(snapshot -> {
                    ImageTree tree = caches.at(snapshot, Revisions.last(snapshot), "ns");
                    if (tree != null) {
                        assertEquals(stored(snapshot, "ns"), tree.response());
                    }
                    return tree == null ? 0 : 1;
                });
            }
        } finally {
            done.set(true);
            writer.join();
        }
    }

    @Test
    void aNamespaceIsLoadedWithoutGapsWhileItIsWritten() throws InterruptedException {
        for (int round = 0; round < 20; round++) {
            String namespace = "ns" + round;
            for (int i = 0; i < 500; i++) {
                put(namespace, "n" + i, 10); // the first commit has it loaded, while the others come
            }
            put(namespace, "n", 1).join();
            assertAsStored(namespace);
        }
    }

    @Test
    void aNameThatIsAboutToChangeIsNotAnsweredFromMemory() throws InterruptedException {
        put("ns", "a", 1).join();
        put("ns", "b", 1).join();
        loaded("ns");
        long revision = TestStores.revision(database);
        Object identity = database.identity();
        caches.changing("ns", "a", revision + 1);

        assertNull(caches.forName(identity, "ns", "a"));
        assertNotNull(caches.forName(identity, "ns", "b").find("b"));

        put("ns", "c", 1).join(); // takes the revision, because the change did not come
        assertNotNull(caches.forName(identity, "ns", "a").find("a"));
    }

    @Test
    void aMissingNameIsKnownToBeMissing() throws InterruptedException {
        put("ns", "a", 1).join();
        loaded("ns");
        assertNull(caches.forName(database.identity(), "ns", "b").find("b"));
        put("ns", "b", 1).join();
        assertNotNull(caches.forName(database.identity(), "ns", "b").find("b"));
        remove("ns", "b").join();
        assertNull(caches.forName(database.identity(), "ns", "b").find("b"));
    }

    @Test
    void aSnapshotFromBeforeAChangeSeesNothingOfIt() throws InterruptedException {
        put("ns", "a", 10).join();
        loaded("ns");
        database.read(snapshot -> {
            ImageTree before = caches.at(snapshot, Revisions.last(snapshot), "ns");
            put("other", "b", 10).join();
            assertSame(before, caches.at(snapshot, Revisions.last(snapshot), "ns"));
            put("ns", "b", 10).join();
            assertNull(caches.at(snapshot, Revisions.last(snapshot), "ns"));
            return "";
        });
        assertAsStored("ns");
    }

    @Test
    void aDatabaseThatWasOpenedAgainIsReadAgain() throws InterruptedException {
        put("ns", "a", 10).join();
        ImageTree before = loaded("ns");
        database.reopen();
        assertNull(inMemory("ns"));
        assertNull(caches.forName(database.identity(), "ns", "a"));
        caches.recovered(database.identity(), TestStores.revision(database));
        assertFalse(caches.holds("ns"));
        assertEquals(before.response(), loaded("ns").response());
    }

    @Test
    void aDatabaseThatWorksAgainAsItWasKeepsItsImages() throws InterruptedException {
        put("ns", "a", 10).join();
        ImageTree before = loaded("ns");
        caches.recovered(database.identity(), TestStores.revision(database));
        assertSame(before, inMemory("ns"));
    }

    @Test
    void aDamagedImageLeavesItsNamespaceInTheDatabase() throws InterruptedException {
        put("ns", "a", 10).join();
        loaded("ns");
        database.write(batch -> {
            Schema.IMAGES.add(batch, Keys.image("bad", "a"), Keys.utf8("damaged"));
            return "";
        });
        caches.request("bad");
        put("later", "a", 10).join();
        loaded("later"); // one after the other
        assertFalse(caches.holds("bad"));
        assertAsStored("ns");
    }

    @Test
    void aRecordThatHoldsAnotherNameLeavesItsNamespaceInTheDatabase() throws InterruptedException {
        put("ns", "a", 10).join();
        database.write(batch -> {
            Image image = new Image("b", Map.of(), new Descriptor("m", "sha256:" + "a".repeat(64), 1));
            byte[] key = Keys.image("bad", "a");
            Schema.IMAGES.add(batch, key, ImageCodec.encode(key, image, 1, 1).value());
            return "";
        });
        caches.request("bad");
        put("later", "a", 10).join();
        loaded("later");
        assertFalse(caches.holds("bad"));
    }

    private void fill(String namespace, int images) {
        for (int i = 0; i < images; i++) {
            put(namespace, "n" + i, 1000);
        }
        put(namespace, "n", 1000).join();
    }

    @Test
    void noMoreIsKeptThanTheBound() throws InterruptedException {
        close();
        open(100_000);
        for (int i = 0; i < 20; i++) {
            fill("ns" + i, 20);
            assertAsStored("ns" + i);
            assertTrue(caches.residentBytes() <= 100_000, () -> caches.residentBytes() + " bytes");
        }
        assertTrue(caches.residentBytes() > 50_000, () -> caches.residentBytes() + " bytes");
    }

    @Test
    void aNamespaceThatGrowsBeyondTheBoundIsLeftInTheDatabase() throws InterruptedException {
        close();
        open(100_000);
        fill("small", 2);
        loaded("small");
        fill("large", 20);
        loaded("large");
        assertNotNull(caches.forName(database.identity(), "small", "n"));
        fill("large", 200);
        assertFalse(caches.holds("large"));
        assertTrue(caches.residentBytes() <= 100_000, () -> caches.residentBytes() + " bytes");
        for (int i = 0; i < 200; i++) {
            remove("large", "n" + i).join();
        }
        caches.request("large");
        put("later", "a", 10).join();
        loaded("later");
        assertFalse(caches.holds("large"), "it is tried again, but not soon");
        nanos.addAndGet(Duration.ofMinutes(2).toNanos());
        assertAsStored("large");
    }

    @Test
    void aNamespaceForWhichThereIsNeverRoomIsTriedMoreAndMoreSeldom() {
        ResidentNamespaces residents = new ResidentNamespaces(10_000, new ChangeMarks(), nanos::get);
        int tried = 0;
        for (int minute = 0; minute < 24 * 60; minute++) {
            if (residents.isWanted("large")) {
                tried++;
                residents.refuse("large");
            }
            nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        }
        assertTrue(tried > 24 && tried < 40, "tried " + tried + " times a day");
    }

    @Test
    void aNamespaceThatDoesNotFitPushesOutNoneThatIsRead() throws InterruptedException {
        close();
        open(100_000);
        fill("hot", 20);
        loaded("hot");
        for (int i = 0; i < 1000; i++) { // each is loaded while it has one image, and outgrows the memory
            String large = "large" + i / 200;
            put(large, "n" + i, 1000).join();
            if (i % 200 == 0) {
                loaded(large);
            }
            assertNotNull(caches.forName(database.identity(), "hot", "n"));
        }
        assertTrue(caches.holds("hot"));
    }

    /** Keeps nothing any more of what is stored, as after a start. */
    private void forget(long maxBytes) {
        caches.close();
        caches = new StoreCaches(maxBytes, nanos::get);
        caches.open(database);
    }

    private void awaitHeld(String namespace) throws InterruptedException {
        while (!caches.holds(namespace)) {
            Thread.sleep(1);
        }
    }

    @Test
    void namespacesThatNobodyAskedForAreReadInTheirOrderAsLongAsThereIsRoom() throws InterruptedException {
        put("empty", "a", 10).join();
        remove("empty", "a").join();
        for (int i = 0; i < 9; i++) {
            fill("ns" + i, 20);
        }
        forget(100_000);
        caches.readAhead();
        awaitHeld("ns0");
        awaitHeld("ns1");
        assertAsStored("ns0");
        assertAsStored("ns8"); // which is asked for, so others make room
        assertTrue(caches.holds("ns0"));
        assertTrue(caches.residentBytes() <= 100_000, () -> caches.residentBytes() + " bytes");
        assertFalse(caches.holds("ns7"));
    }

    @Test
    void aNamespaceThatIsAskedForWhileAnotherIsReadAheadDelaysThatOnly() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            fill("ahead" + i, 100);
        }
        fill("wanted", 1);
        forget(1 << 20);
        caches.readAhead();
        loaded("wanted");
        for (int i = 0; i < 5; i++) {
            awaitHeld("ahead" + i);
            assertAsStored("ahead" + i);
        }
    }

    @Test
    void aNamespaceThatIsAskedForWhileItIsReadAheadIsReadToItsEnd() {
        ResidentNamespaces residents = new ResidentNamespaces(10_000, new ChangeMarks(), nanos::get);
        ResidentNamespaces.Loading loading = residents.beginAhead("a");
        assertTrue(loading.isAhead());
        residents.asked("b");
        assertTrue(loading.isAhead());

        residents.asked("a");

        assertFalse(loading.isAhead());
    }

    @Test
    void whatWasReadLatelyStays() throws InterruptedException {
        close();
        open(100_000);
        fill("ns0", 20);
        loaded("ns0");
        for (int i = 1; i < 10; i++) {
            assertNotNull(caches.forName(database.identity(), "ns0", "n1"));
            fill("ns" + i, 20);
            loaded("ns" + i);
        }
        assertTrue(caches.holds("ns0"));
    }

    @Test
    void namespacesWithoutImagesTakeNothing() throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            caches.request("none" + i);
        }
        put("ns", "a", 10).join();
        loaded("ns");
        long bytes = caches.residentBytes();
        for (int i = 0; i < 100; i++) {
            put("empty" + i, "a", 10).join();
            remove("empty" + i, "a").join();
        }
        put("later", "a", 10).join();
        loaded("later");
        assertEquals(2 * bytes, caches.residentBytes());
    }
}
