package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.images.Image;
import dev.imaged.images.Position;
import dev.imaged.images.TestClock;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ChangeFeed;
import dev.imaged.server.engine.ChangeFeed.Batch;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageCatalog.EncodedChange;
import dev.imaged.server.engine.ImageCatalog.FeedQuery;
import dev.imaged.server.store.cache.StoreCaches;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.write.Commit;
import dev.imaged.server.store.write.Committer;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Batches of changes, from memory and from the log, and what a feed costs that nobody reads. */
class StoreFeedTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);
    private static final int MANY_BYTES = 1 << 20;

    private final TestClock clock = new TestClock();
    private MemoryDatabase database;
    private Committer committer;
    private ChangeFeeds feeds;
    private ImageCatalog catalog;

    @BeforeEach
    void open() {
        database = new MemoryDatabase(TestStores.CONTENTS);
        feeds = new ChangeFeeds(database, 0);
        committer = TestStores.committer(
                database, clock, new Retention(100, Duration.ofDays(1)), new WriteLimits(10_000, Long.MAX_VALUE));
        committer.onCommit(feeds);
        committer.start();
        catalog = new StoreCatalog(
                database,
                new StoreReader(database, new StoreCaches(0, System::nanoTime)),
                feeds,
                new RecentPasts(0, 1 << 20));
    }

    @AfterEach
    void close() {
        committer.close();
        feeds.close();
        database.close();
    }

    /** Commits images of these names together. */
    private void commit(String... names) {
        commit(TARGET, names);
    }

    private void commit(Descriptor target, String... names) {
        committer
                .submit(1, transaction -> {
                    Commit commit = transaction.begin("ns");
                    List.of(names).forEach(name -> commit.create(new Image(name, target)));
                    commit.write();
                    return "";
                })
                .join();
    }

    private ChangeFeed follow(long after, String... filters) {
        return follow(after, () -> {}, filters);
    }

    private ChangeFeed follow(long after, Runnable wake, String... filters) {
        Position position = new Position(catalog.newest(null).store(), after);
        return catalog.follow(new FeedQuery(null, List.of(filters), true), position, wake);
    }

    private static Batch next(ChangeFeed feed, int maxBytes) {
        return feed.next(maxBytes, Cancellation.NONE);
    }

    private static List<String> names(List<EncodedChange> changes) {
        return changes.stream()
                .map(change -> {
                    try {
                        return dev.imaged.proto.v1.Change.parseFrom(change.message())
                                .getName();
                    } catch (InvalidProtocolBufferException e) {
                        throw new AssertionError(e);
                    }
                })
                .toList();
    }

    /** Waits until all feeds know of a commit. Each commit wakes a feed of all changes. */
    private void awaitDispatched(long revision, Semaphore wakes) throws InterruptedException {
        while (feeds.dispatched() < revision) {
            assertTrue(wakes.tryAcquire(30, TimeUnit.SECONDS));
        }
    }

    /** Commits of one, three and two changes, for feeds that read them from memory or from the log. */
    private List<ChangeFeed> feedsOfSixChanges(String... filters) throws InterruptedException {
        Semaphore wakes = new Semaphore(0);
        ChangeFeed ofMemory = follow(0, wakes::release, filters);
        commit("a");
        commit("b1", "b2", "b3");
        commit("c1", "c2");
        assertTrue(feeds.recent().forEach(0, 3, change -> true), "the commits are in memory");
        awaitDispatched(3, wakes);
        ChangeFeed ofLog = follow(0, filters);
        return List.of(ofMemory, ofLog);
    }

    @Test
    void aFeedThatIsReadLateLooksOnlyAtChangesUpToTheLastThatConcernsIt() throws Exception {
        Semaphore wakes = new Semaphore(0);
        ChangeFeed all = follow(0, wakes::release);
        ChangeFeed ofOne = follow(0, "name==a");
        assertEquals(0, next(ofOne, MANY_BYTES).position().revision());
        commit("a");
        for (int i = 0; i < 50; i++) {
            commit("other" + i);
        }
        awaitDispatched(51, wakes);
        List<Integer> looks = new ArrayList<>();

        Batch batch = ofOne.next(MANY_BYTES, () -> looks.add(looks.size()));

        assertEquals(List.of("a"), names(batch.changes()));
        assertEquals(51, batch.position().revision(), "what follows does not concern it");
        assertFalse(ofOne.hasNext());
        assertTrue(looks.size() < 10, () -> looks.size() + " looks");
        assertEquals(51, next(all, MANY_BYTES).changes().size());
    }

    @Test
    void aBatchEndsBetweenTwoCommits() throws Exception {
        for (ChangeFeed feed : feedsOfSixChanges()) {
            int size = next(follow(0), 1).changes().get(0).message().size();

            Batch first = next(feed, 3 * size + 30);
            Batch second = next(feed, 5 * size + 50);
            Batch third = next(feed, MANY_BYTES);

            assertEquals(List.of("a"), names(first.changes()));
            assertEquals(1, first.position().revision());
            assertEquals(List.of("b1", "b2", "b3", "c1", "c2"), names(second.changes()));
            assertEquals(3, second.position().revision());
            assertEquals(List.of(), third.changes());
            assertFalse(first.isPartial() || second.isPartial() || third.isPartial());
            assertFalse(feed.hasNext());
        }
    }

    @Test
    void aCommitThatIsLargerThanABatchComesInPartsOfWhichTheLastIsWhole() throws Exception {
        for (ChangeFeed feed : feedsOfSixChanges()) {
            List<String> told = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Batch batch = next(feed, 1);
                told.add(names(batch.changes()) + " " + batch.position().revision() + " " + batch.isPartial());
            }
            assertEquals(
                    List.of("[a] 1 false", "[b1] 1 true", "[b2] 1 true", "[b3] 2 false", "[c1] 2 true", "[c2] 3 false"),
                    told);
        }
    }

    @Test
    void aPartIsNotPartialIfTheRestOfItsCommitDoesNotMatch() throws Exception {
        for (ChangeFeed feed : feedsOfSixChanges("name==b1", "name==c2")) {
            Batch first = next(feed, 1);
            Batch second = next(feed, 1);

            assertEquals(List.of("b1"), names(first.changes()));
            assertFalse(first.isPartial());
            assertEquals(List.of("c2"), names(second.changes()));
            assertEquals(3, second.position().revision());
        }
    }

    @Test
    void aFeedIsWokenByWhatConcernsItAndByNothingElse() throws Exception {
        Semaphore wakesOfA = new Semaphore(0);
        Semaphore wakesOfAll = new Semaphore(0);
        try (ChangeFeed ofA = follow(0, wakesOfA::release, "name==a");
                ChangeFeed ofAll = follow(0, wakesOfAll::release)) {
            commit("b");
            assertTrue(wakesOfAll.tryAcquire(30, TimeUnit.SECONDS));
            assertEquals(0, wakesOfA.availablePermits());
            next(ofA, MANY_BYTES);
            commit("a");
            assertTrue(wakesOfA.tryAcquire(30, TimeUnit.SECONDS));
            assertEquals(List.of("a"), names(next(ofA, MANY_BYTES).changes()));
            assertEquals(List.of("b", "a"), names(next(ofAll, MANY_BYTES).changes()));
        }
    }

    @Test
    void aFeedThatNothingConcernsMovesOnWithoutALookAtTheChanges() throws Exception {
        Semaphore wakes = new Semaphore(0);
        try (ChangeFeed feed = follow(0, "name==a");
                ChangeFeed ofAll = follow(0, wakes::release)) {
            next(feed, MANY_BYTES);
            next(ofAll, MANY_BYTES);
            commit("b");
            assertTrue(wakes.tryAcquire(30, TimeUnit.SECONDS));

            assertFalse(feed.hasNext());
            assertEquals(1, next(feed, MANY_BYTES).position().revision());
        }
    }

    @Test
    void nothingIsKeptInMemoryWhileNobodyFollows() throws InterruptedException {
        commit("a");
        assertFalse(feeds.recent().forEach(0, 1, change -> true));
        Semaphore wakes = new Semaphore(0);
        ChangeFeed feed = follow(0, wakes::release);
        commit("b");
        awaitDispatched(2, wakes);
        assertTrue(feeds.recent().forEach(1, 2, change -> true));
        assertEquals(List.of("a", "b"), names(next(feed, MANY_BYTES).changes()));
        feed.close();
        commit("c");
        assertFalse(feeds.recent().forEach(2, 3, change -> true));
    }

    @Test
    void aFeedThatNobodyReadsIsLostOnceTheLogIsCutBehindIt() {
        ChangeFeed slow = follow(0);
        ChangeFeed unconcerned = follow(0, "name==another");
        next(unconcerned, MANY_BYTES);
        IntStream.range(0, 300).forEach(i -> commit("n" + i));
        assertTrue(feeds.dropped() > 0);
        assertFalse(slow.isLost(), "what is not in the log any more is in memory");

        Descriptor large = TARGET.withAnnotations(Map.of("filler", "x".repeat(20_000)));
        IntStream.range(300, 600).forEach(i -> commit(large, "n" + i));

        assertTrue(slow.isLost());
        OutOfRange dropped = assertThrows(OutOfRange.class, () -> next(slow, MANY_BYTES));
        assertEquals("REVISION_DROPPED", dropped.reason());
        assertEquals(catalog.reach().oldest(), Position.parse(dropped.details().get("oldest")));
        assertEquals(feeds.dropped(), catalog.reach().oldest().revision());
        assertFalse(unconcerned.isLost());
    }

    @Test
    void theOldestPositionWorksAndTheOneBeforeIsRefused() {
        IntStream.range(0, 300).forEach(i -> commit("n" + i));
        long oldest = catalog.reach().oldest().revision();
        assertTrue(oldest > 0);

        assertEquals(
                "n" + oldest, names(next(follow(oldest), MANY_BYTES).changes()).get(0));
        OutOfRange dropped = assertThrows(OutOfRange.class, () -> follow(oldest - 1));
        assertEquals("REVISION_DROPPED", dropped.reason());
        assertEquals(Map.of("oldest", catalog.reach().oldest().toString()), dropped.details());
    }
}
