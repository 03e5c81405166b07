package dev.imaged.server.store.write;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.images.TestClock;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How writes are put together, and what becomes of them when one of them or the database fails. */
class CommitterTest {
    private static final Image IMAGE = new Image("a", Map.of(), new Descriptor("m", "sha256:" + "a".repeat(64), 1));

    private final TestClock clock = new TestClock();
    private MemoryDatabase database;
    private Committer committer;

    @BeforeEach
    void open() {
        open(TestStores.RETENTION, new WriteLimits(3, 1000));
    }

    private void open(Retention retention, WriteLimits limits) {
        database = new MemoryDatabase(TestStores.CONTENTS);
        committer = TestStores.committer(database, clock, retention, limits);
    }

    @AfterEach
    void close() {
        committer.close();
        database.close();
    }

    private static ImageWriter.Mutation<String> create(String name) {
        return transaction -> {
            transaction.begin("ns").createNow(new Image(name, Map.of(), IMAGE.target()));
            return name;
        };
    }

    private static ImageWriter.Mutation<String> delete(String name) {
        return transaction -> {
            transaction.begin("ns").deleteNow(transaction.find("ns", name));
            return name;
        };
    }

    private List<String> names() {
        return database.read(batch -> {
            List<String> names = new ArrayList<>();
            byte[] prefix = Keys.images("ns");
            batch.scan(Schema.IMAGES.entries(), prefix, (key, value) -> names.add(Keys.name(key)));
            return names;
        });
    }

    private long revision() {
        return database.read(batch -> Revisions.last(batch));
    }

    private static Throwable failure(CompletableFuture<?> future) {
        return assertThrows(CompletionException.class, future::join).getCause();
    }

    @Test
    void answersComeInTheOrderOfTheWrites() {
        List<String> order = new CopyOnWriteArrayList<>();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (String name : List.of("c", "a", "b")) {
            all.add(committer.submit(1, create(name)).thenAccept(order::add));
        }
        committer.start();
        all.forEach(CompletableFuture::join);

        assertEquals(List.of("c", "a", "b"), order);
        assertEquals(3, revision());
    }

    @Test
    void aWriteThatComesWhileASmallBatchIsAppliedIsCommittedWithIt() {
        CountDownLatch second = new CountDownLatch(1);
        committer.start();
        CompletableFuture<WriteTransaction> first = committer.submit(1, transaction -> {
            create("a").apply(transaction);
            assertDoesNotThrow(() -> second.await());
            return transaction;
        });
        CompletableFuture<WriteTransaction> late = committer.submit(1, transaction -> {
            create("b").apply(transaction);
            return transaction;
        });
        second.countDown();
        assertSame(first.join(), late.join());
    }

    @Test
    void aRefusedWriteDoesNotDisturbThoseBesideIt() {
        CompletableFuture<String> first = committer.submit(1, create("a"));
        CompletableFuture<String> refused = committer.submit(1, transaction -> {
            throw new ImageException.NotFound("image \"x\"");
        });
        CompletableFuture<String> last = committer.submit(1, create("b"));
        committer.start();

        assertInstanceOf(ImageException.NotFound.class, failure(refused));
        assertEquals("a", first.join());
        assertEquals("b", last.join());
        assertEquals(List.of("a", "b"), names());
    }

    @Test
    void aBrokenWriteIsTakenOutAndLeavesNothingBehind() {
        CompletableFuture<String> first = committer.submit(1, create("a"));
        CompletableFuture<String> broken = committer.submit(1, transaction -> {
            create("half").apply(transaction);
            throw new ImageException.NotFound("after it wrote");
        });
        CompletableFuture<String> last = committer.submit(1, create("b"));
        committer.start();

        assertInstanceOf(ImageException.Internal.class, failure(broken));
        first.join();
        last.join();
        assertEquals(List.of("a", "b"), names());
        assertEquals(2, revision());
    }

    @Test
    void whatIsMoreThanMayWaitIsRefusedAtOnce() {
        for (String name : List.of("a", "b", "c")) {
            committer.submit(1, create(name));
        }
        assertInstanceOf(ImageException.ResourceExhausted.class, failure(committer.submit(1, create("one too many"))));
        committer.start();
    }

    @Test
    void whatTakesMoreThanMayWaitIsRefusedAtOnceButAloneItIsTaken() {
        CompletableFuture<String> alone = committer.submit(5000, create("large"));
        assertInstanceOf(ImageException.ResourceExhausted.class, failure(committer.submit(1, create("small"))));
        committer.start();

        assertEquals("large", alone.join());
        assertEquals("small", committer.submit(1, create("small")).join());
    }

    @Test
    void aBatchEndsWhenItHasWrittenEnoughHoweverSmallItsRequestsAre() {
        List<Integer> writesBefore = new ArrayList<>();
        List<CompletableFuture<String>> futures = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            Descriptor target = IMAGE.target().withAnnotations(Map.of("large", "x".repeat(5 << 20)));
            futures.add(committer.submit(1, transaction -> {
                writesBefore.add(transaction.writes());
                transaction.begin("ns").createNow(new Image(name, Map.of(), target));
                return name;
            }));
        }
        committer.start();
        futures.forEach(CompletableFuture::join);
        assertEquals(List.of(0, 0, 0), writesBefore);
    }

    @Test
    void aWriteThatMeetsWhatCannotBeReadFailsAloneAndLeavesNothing() {
        List<Boolean> serving = new CopyOnWriteArrayList<>();
        committer.onServing(serving::add);
        CompletableFuture<String> before = committer.submit(1, create("kept"));
        CompletableFuture<String> failed = committer.submit(1, transaction -> {
            create("lost").apply(transaction);
            throw new ImageException.DataLoss("a page is damaged", null);
        });
        CompletableFuture<String> after = committer.submit(1, create("later"));
        committer.start();

        assertInstanceOf(ImageException.DataLoss.class, failure(failed));
        before.join();
        after.join();
        assertEquals(List.of("kept", "later"), names());
        assertEquals(List.of(true), serving);
    }

    @Test
    void whatWaitsAtTheEndIsWrittenAndWhatComesLaterIsRefused() {
        CompletableFuture<String> waiting = committer.submit(1, create("a"));
        committer.start();
        committer.close();

        assertEquals("a", waiting.join());
        assertInstanceOf(ImageException.Unavailable.class, failure(committer.submit(1, create("b"))));
    }

    @Test
    void oldChangesAreDroppedByCountAndByAgeButForTheNewest() {
        close();
        open(new Retention(5, Duration.ofHours(1)), TestStores.LIMITS);
        committer.start();
        for (int i = 0; i < 20; i++) {
            committer.submit(1, create("n" + i)).join();
        }
        assertEquals(5, changes());
        assertEquals(16, oldest());

        clock.advance(Duration.ofHours(2));
        committer.submit(1, create("x")).join();
        committer.submit(1, create("y")).join();
        committer.submit(1, create("z")).join();
        assertEquals(3, changes());
        assertEquals(21, oldest());
        assertEquals(23, names().size());
    }

    @Test
    void theChangesOfANameLeadBackToItsFirst() {
        committer.start();
        committer.submit(1, create("other")).join();
        committer.submit(1, create("n")).join();
        committer.submit(1, create("another")).join();
        committer.submit(1, delete("n")).join();
        assertEquals(List.of(4L, 2L), history("n"));
        committer.submit(1, create("n")).join();
        assertEquals(List.of(5L, 4L, 2L), history("n"));
        assertEquals(List.of(1L), history("other"));
        assertEquals(0, entries(Schema.DELETED));
    }

    @Test
    void aDeletedNameIsForgottenWithTheChangeThatDeletedIt() {
        close();
        open(new Retention(2, Duration.ofHours(1)), TestStores.LIMITS);
        committer.start();
        committer.submit(1, create("n")).join();
        committer.submit(1, delete("n")).join();
        committer.submit(1, create("x")).join();
        assertEquals(1, entries(Schema.DELETED));
        committer.submit(1, create("y")).join();
        assertEquals(0, entries(Schema.DELETED));
    }

    @Test
    void nothingIsLeftOfALargeChangeThatIsDropped() {
        close();
        open(new Retention(2, Duration.ofHours(1)), TestStores.LIMITS);
        committer.start();
        committer.submit(1, create("large")).join();
        for (int i = 0; i < 6; i++) {
            String annotation = i + "x".repeat(i % 2 == 0 ? 3 << 20 : 2 << 20);
            committer
                    .submit(1, transaction -> {
                        DecodedRecord before = transaction.find("ns", "large");
                        Descriptor target = IMAGE.target().withAnnotations(Map.of("k", annotation));
                        return transaction
                                .begin("ns")
                                .updateNow(before, before.image().withTarget(target));
                    })
                    .join();
        }

        assertEquals(2, changes());
        assertEquals(List.of(), TestStores.problems(database));
    }

    /** Returns the revisions of a name, the newest first. */
    private List<Long> history(String name) {
        return database.read(batch -> {
            byte[] key = Keys.image("ns", name);
            byte[] record = Schema.IMAGES.get(batch, key);
            byte[] deleted = batch.get(Schema.DELETED, key);
            List<Long> revisions = new ArrayList<>();
            long revision = record != null
                    ? ImageCodec.decode(key, record).modifiedRevision()
                    : ByteBuffer.wrap(deleted).getLong();
            while (revision != 0) {
                revisions.add(revision);
                revision = ChangeLog.find(batch, revision, "ns", name).previous();
            }
            return revisions;
        });
    }

    private static ImageWriter.Mutation<Long> createAll(Cause cause, String... names) {
        return transaction -> {
            Commit commit = transaction.begin("ns", cause);
            for (String name : names) {
                commit.create(new Image(name, Map.of(), IMAGE.target()));
            }
            commit.write();
            return commit.revision();
        };
    }

    private static Cause request(String id) {
        return new Cause("unix:uid=0", id, ByteString.copyFromUtf8("hash"), "why", 3);
    }

    private List<Change> commit(long revision) {
        return database.read(snapshot -> ChangeLog.commit(snapshot, revision));
    }

    @Test
    void theChangesOfACommitHaveOneRevisionAndOneTimeAndTheOrderOfTheirNames() {
        committer.start();
        committer.submit(1, create("first")).join();
        long revision =
                committer.submit(1, createAll(request("id"), "c", "a", "b")).join();
        long next = committer.submit(1, createAll(Cause.UNKNOWN, "d")).join();

        assertEquals(List.of(2L, 3L), List.of(revision, next));
        List<Change> changes = commit(revision);
        assertEquals(List.of("a", "b", "c"), changes.stream().map(Change::name).toList());
        assertEquals(List.of(0, 1, 2), changes.stream().map(Change::index).toList());
        assertEquals(
                List.of(request("id"), request("id"), request("id")),
                changes.stream().map(Change::cause).toList());
        assertEquals(1, changes.stream().map(Change::time).distinct().count());
        assertEquals(List.of(2L), history("c"));
        long known = database.read(snapshot -> ChangeLog.request(snapshot, "ns", "id"));
        assertEquals(revision, known);
        assertEquals(List.of(), TestStores.problems(database));
    }

    @Test
    void aCommitThatChangesNothingTakesNoRevision() {
        committer.start();
        committer.submit(1, createAll(request("id"))).join();
        committer.submit(1, create("a")).join();

        assertEquals(1, revision());
        assertEquals(0, entries(Schema.REQUESTS));
    }

    @Test
    void aCommitIsDroppedAsAWholeWithItsRequestId() {
        close();
        open(new Retention(3, Duration.ofHours(1)), TestStores.LIMITS);
        committer.start();
        committer.submit(1, createAll(request("id"), "a", "b")).join();
        committer.submit(1, create("c")).join();
        assertEquals(3, changes());
        assertEquals(1, entries(Schema.REQUESTS));

        committer.submit(1, create("d")).join();
        assertEquals(2, changes());
        assertEquals(2, oldest());
        assertEquals(0, entries(Schema.REQUESTS));
        assertEquals(List.of(), TestStores.problems(database));
    }

    /** A store that follows another may be told of that: the other forgets ids sooner. */
    @Test
    void aRequestIdThatComesAgainBelongsToTheLaterCommit() {
        close();
        open(new Retention(3, Duration.ofHours(1)), TestStores.LIMITS);
        committer.start();
        committer.submit(1, createAll(request("id"), "a")).join();
        long later = committer.submit(1, createAll(request("id"), "b")).join();
        assertEquals(List.of(), TestStores.problems(database));

        committer.submit(1, create("c")).join();
        committer.submit(1, create("d")).join();
        assertEquals(later, oldest());
        long known = database.read(snapshot -> ChangeLog.request(snapshot, "ns", "id"));
        assertEquals(later, known);
        assertEquals(List.of(), TestStores.problems(database));
    }

    @Test
    void changesAreDroppedAsFastAsTheyAreMadeHoweverManyACommitHas() {
        close();
        open(new Retention(100, Duration.ofHours(1)), TestStores.LIMITS);
        committer.start();
        for (int commit = 0; commit < 60; commit++) {
            String prefix = "n" + commit + "-";
            String[] names = IntStream.range(0, 50).mapToObj(i -> prefix + i).toArray(String[]::new);
            committer.submit(1, createAll(Cause.UNKNOWN, names)).join();
        }
        assertTrue(changes() <= 300, () -> changes() + " changes are kept");
        assertEquals(List.of(), TestStores.problems(database));
    }

    @Test
    void theNewestCommitStaysHoweverManyChangesItHas() {
        close();
        open(new Retention(2, Duration.ofHours(1)), TestStores.LIMITS);
        committer.start();
        committer.submit(1, create("x")).join();
        committer.submit(1, createAll(Cause.UNKNOWN, "a", "b", "c", "d")).join();

        assertEquals(4, changes());
        assertEquals(2, oldest());
    }

    private long entries(Table table) {
        return database.read(snapshot -> snapshot.count(table));
    }

    private long changes() {
        return TestStores.changes(database);
    }

    private long oldest() {
        return database.read(batch -> Revisions.oldestKept(batch));
    }
}
