package dev.imaged.server.store.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.images.Image;
import dev.imaged.images.TestClock;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.KeyStarts;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.write.Committer;
import dev.imaged.server.store.write.Retention;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of lists is what a scan of the database finds, whatever was changed in between. */
class ListingCacheTest {
    private static final int SEGMENT_BYTES = 300;
    private static final long MAX_BYTES = 1 << 20;

    private MemoryDatabase database;
    private Committer committer;
    private ListingCache cache = new ListingCache(MAX_BYTES, SEGMENT_BYTES);

    @BeforeEach
    void open() {
        open(TestStores.RETENTION);
    }

    private void open(Retention retention) {
        database = new MemoryDatabase(TestStores.CONTENTS);
        committer = TestStores.committer(database, new TestClock(), retention, TestStores.LIMITS);
        committer.start();
    }

    @AfterEach
    void close() {
        committer.close();
        database.close();
    }

    private CompletableFuture<?> put(String namespace, String name, int size) {
        Image image =
                new Image(name, Map.of("label", "x".repeat(size)), new Descriptor("m", "sha256:" + "a".repeat(64), 1));
        return committer.submit(1, transaction -> {
            DecodedRecord existing = transaction.find(namespace, name);
            return existing == null
                    ? transaction.create(namespace, image, transaction.nextTime())
                    : transaction.update(namespace, existing, image, transaction.nextTime());
        });
    }

    private CompletableFuture<?> remove(String namespace, String name) {
        return committer.submit(1, transaction -> {
            DecodedRecord existing = transaction.find(namespace, name);
            if (existing != null) {
                transaction.delete(namespace, existing, transaction.nextTime());
            }
            return "";
        });
    }

    private Optional<NamespaceListing> cached(String namespace) {
        return database.read(batch -> cache.get(batch, namespace));
    }

    private ByteString scanned(String namespace) {
        return database.read(batch -> {
            EncodedResponse response = new EncodedResponse();
            batch.scan(Schema.IMAGES.entries(), Keys.images(namespace), (key, value) -> {
                EncodedRecord image = ImageCodec.decode(key, value);
                response.add(image.value(), image.offset(), image.size());
                return true;
            });
            return response.build();
        });
    }

    private void assertAsScanned(String namespace) {
        NamespaceListing list = cached(namespace).orElseThrow();
        assertEquals(scanned(namespace), list.response(), namespace);
        List<ByteString> images = new ArrayList<>();
        list.forEach(KeyStarts.all(namespace), images::add);
        EncodedResponse again = new EncodedResponse();
        images.forEach(again::add);
        assertEquals(scanned(namespace), again.build(), namespace);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aListIsWhatAScanFindsAfterAnyChanges(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            List<CompletableFuture<?>> writes = new ArrayList<>();
            for (int changes = random.nextInt(round % 10 == 9 ? 60 : 6); changes > 0; changes--) {
                String namespace = random.nextInt(5) == 0 ? "other" : "ns";
                String name = "n" + random.nextInt(60);
                writes.add(
                        random.nextInt(3) == 0
                                ? remove(namespace, name)
                                : put(namespace, name, 1 + random.nextInt(400)));
            }
            writes.forEach(CompletableFuture::join);
            assertAsScanned("ns");
            assertAsScanned("other");
        }
        assertTrue(cached("ns").orElseThrow().segments().size() > 3);
    }

    @Test
    void aListThatNothingChangedIsNotReadAgain() {
        put("ns", "a", 10).join();
        assertSame(cached("ns").orElseThrow(), cached("ns").orElseThrow());
    }

    @Test
    void changesThatTakeMoreBytesThanTheListAreNotAllRead() {
        for (int i = 10; i < 40; i++) {
            put("ns", "n" + i, 100).join();
        }
        NamespaceListing before = cached("ns").orElseThrow();
        put("other", "large", 2 << 20).join();
        NamespaceListing after = cached("ns").orElseThrow();
        assertEquals(before.response(), after.response());
        assertNotSame(before.segments().get(0), after.segments().get(0), "it is read anew");
    }

    @Test
    void aChangeCostsTheSegmentItIsIn() {
        for (int i = 10; i < 40; i++) {
            put("ns", "n" + i, 100).join();
        }
        NamespaceListing before = cached("ns").orElseThrow();
        put("ns", "n25", 50).join();
        NamespaceListing after = cached("ns").orElseThrow();
        long same =
                before.segments().stream().filter(after.segments()::contains).count();
        assertEquals(before.segments().size() - 1, same);
        assertAsScanned("ns");
    }

    @Test
    void namesThatComeAndGoLeaveNoTrail() {
        for (int i = 100; i < 400; i++) {
            put("ns", "n" + i, 100).join();
            if (i >= 110) {
                remove("ns", "n" + (i - 10)).join();
            }
            assertAsScanned("ns");
        }
        int segments = cached("ns").orElseThrow().segments().size();
        assertTrue(segments < 20, () -> segments + " segments of 10 images");
    }

    @Test
    void aChangeThatIsNoLongerInTheLogIsSeen() {
        close();
        open(new Retention(1, Duration.ofDays(1)));
        for (int i = 0; i < 20; i++) {
            put("ns", "n" + i, 100).join();
        }
        assertAsScanned("ns");
        for (int i = 0; i < 20; i++) {
            put("ns", "m" + i, 100).join();
        }
        assertAsScanned("ns");
    }

    @Test
    void aDamagedChangeDoesNotHideTheImages() {
        put("ns", "a", 10).join();
        assertAsScanned("ns");
        put("ns", "b", 10).join();
        database.write(batch -> {
            long revision = Revisions.last(batch);
            Schema.CHANGES.add(batch, Keys.revision(revision), Keys.utf8("damaged"));
            return "";
        });
        assertAsScanned("ns");
        assertEquals(2, count("ns"));
    }

    @Test
    void whatIsKeptIsCurrentUntilAnythingChanges() {
        put("ns", "a", 10).join();
        assertTrue(current("ns").isEmpty());
        NamespaceListing kept = cached("ns").orElseThrow();
        assertSame(kept, current("ns").orElseThrow());

        put("other", "b", 10).join();
        assertTrue(current("ns").isEmpty());
    }

    private Optional<NamespaceListing> current(String namespace) {
        return database.read(batch -> cache.getIfCurrent(batch, namespace));
    }

    private int count(String namespace) {
        List<ByteString> images = new ArrayList<>();
        cached(namespace).orElseThrow().forEach(KeyStarts.all(namespace), images::add);
        return images.size();
    }

    @Test
    void moreChangesThanAreWorthReplayingAreSeen() {
        put("ns", "a", 10).join();
        assertAsScanned("ns");
        List<CompletableFuture<?>> writes = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            writes.add(put("ns", "n" + i % 50, 10));
        }
        writes.forEach(CompletableFuture::join);
        assertAsScanned("ns");
    }

    @Test
    void aDatabaseThatWasOpenedAgainIsReadAgain() {
        put("ns", "a", 10).join();
        NamespaceListing before = cached("ns").orElseThrow();
        database.reopen();
        NamespaceListing after = cached("ns").orElseThrow();
        assertEquals(before.revision(), after.revision());
        assertNotSame(before, after);
        assertAsScanned("ns");
    }

    @Test
    void aSnapshotFromBeforeAChangeSeesNothingOfIt() {
        put("ns", "a", 10).join();
        ByteString before = scanned("ns");
        database.read(batch -> {
            put("ns", "b", 10).join();
            assertAsScanned("ns");
            assertEquals(before, cache.get(batch, "ns").orElseThrow().response());
            return "";
        });
        assertAsScanned("ns");
    }

    @Test
    void noMoreIsKeptThanTheBound() {
        cache = new ListingCache(10_000, SEGMENT_BYTES);
        for (int i = 0; i < 20; i++) {
            put("ns" + i, "a", 1000).join();
            assertAsScanned("ns" + i);
            assertTrue(cache.bytes() <= 10_000, () -> cache.bytes() + " bytes");
        }
        assertTrue(cache.bytes() > 5_000, () -> cache.bytes() + " bytes");
        for (int i = 0; i < 20; i++) {
            put("large", "n" + i, 1000).join();
        }
        assertEquals(Optional.empty(), cached("large"));
        assertEquals(Optional.empty(), cached("large"));
    }

    @Test
    void namespacesThatAreNotThereTakeNothing() {
        for (int i = 0; i < 100; i++) {
            assertEquals(ByteString.EMPTY, cached("none" + i).orElseThrow().response());
        }
        assertEquals(0, cache.bytes());
    }

    @Test
    void aNamespaceThatShrankIsKeptAgainInTime() {
        cache = new ListingCache(5_000, SEGMENT_BYTES);
        for (int i = 0; i < 10; i++) {
            put("ns", "n" + i, 1000).join();
        }
        assertEquals(Optional.empty(), cached("ns"));
        for (int i = 1; i < 10; i++) {
            remove("ns", "n" + i).join();
        }
        assertEquals(Optional.empty(), cached("ns"));
        List<CompletableFuture<?>> writes = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            writes.add(put("other", "n", 1));
        }
        writes.forEach(CompletableFuture::join);
        assertAsScanned("ns");
    }
}
