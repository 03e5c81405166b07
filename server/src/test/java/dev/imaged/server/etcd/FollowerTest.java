package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.protobuf.ByteString;
import dev.imaged.images.Image;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.etcd.v1.CommitMark;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.write.Committer;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.StoreFill;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a view does with what a member tells it, or does not. */
class FollowerTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    /** Longer than a watch may be silent. */
    private static final long SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(2200);

    private final UUID life = UUID.randomUUID();
    private final EtcdKeys keys = new EtcdKeys(FakeEtcd.PREFIX);
    private final MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
    private final AtomicInteger outdated = new AtomicInteger();
    private final CompletableFuture<String> blocked = new CompletableFuture<>();
    private final AtomicLong nanos = new AtomicLong();

    /** How often the follower has looked at the time. */
    private final AtomicInteger looks = new AtomicInteger();

    private FakeEtcd etcd;
    private EtcdClient client;
    private Committer committer;
    private ViewProgress progress;
    private Follower follower;

    @BeforeEach
    void start() throws IOException {
        etcd = new FakeEtcd();
        client = new EtcdClient(etcd.config());
        etcd.put(Map.of(keys.life(), ByteString.copyFromUtf8(life.toString())));
        ByteString mark = mark();
        long base = etcd.put(Map.of(key("first"), image("first"), keys.mark(), mark));
        fill(base, mark.toByteArray());
        committer = TestStores.committer(database, Clock.systemUTC(), Retention.ALL, TestStores.LIMITS);
        committer.start();
        progress = new ViewProgress(base);
        follower = new Follower(
                client,
                keys,
                new UnreadableKeys(),
                life,
                new ViewDatabase(database),
                committer,
                progress,
                new Attempts(),
                new CommitClock(Clock.systemUTC(), Instant.MIN),
                outdated::incrementAndGet,
                this::now);
    }

    @AfterEach
    void stop() {
        blocked.complete("");
        follower.close();
        committer.close();
        client.close();
        etcd.close();
    }

    private void fill(long base, byte[] mark) {
        new StoreFill(database, () -> false).finish(life, base, new Meta.Fill(base, mark));
    }

    private ByteString key(String name) {
        return keys.images().concat(ByteString.copyFromUtf8("ns\0" + name));
    }

    private static ByteString image(String name) {
        return ImageProtos.toProto(new Image(name, TARGET)).toByteString();
    }

    /** Has a daemon store an image, and returns the revision. */
    private long commit(String name) {
        return etcd.put(Map.of(key(name), image(name), keys.mark(), mark()));
    }

    private static ByteString mark() {
        return CommitMark.newBuilder()
                .setTime(ImageProtos.toProto(Instant.now()))
                .setActor("somebody")
                .build()
                .toByteString();
    }

    private long last() {
        return database.read(Revisions::last);
    }

    private long now() {
        long now = nanos.get();
        looks.incrementAndGet();
        return now;
    }

    private void passSilence() {
        nanos.addAndGet(SILENCE_NANOS);
    }

    /** Waits for a watch that is not expected. */
    private static void pause() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }

    private void awaitWatches(int count) {
        FollowingDaemon.await(() -> etcd.watched().size() == count);
    }

    @Test
    void aWatchThatIsSilentIsReplaced() {
        follower.start();
        awaitWatches(1);
        etcd.silence(true);
        long revision = commit("a");
        passSilence();
        etcd.silence(false);

        follower.lagging();

        FollowingDaemon.await(() -> last() == revision);
        assertEquals(2, etcd.watched().size());
    }

    @Test
    void aWatchThatWaitsForTheViewIsNotTakenForASilentOne() throws Exception {
        follower.start();
        awaitWatches(1);
        CountDownLatch isBlocked = new CountDownLatch(1);
        committer.submit(1, transaction -> {
            isBlocked.countDown();
            return blocked.join();
        });
        isBlocked.await();
        int before = looks.get();
        long revision = commit("a");
        FollowingDaemon.await(() -> looks.get() > before); // it has the event
        passSilence();

        follower.lagging();
        pause();

        assertEquals(1, etcd.watched().size());
        blocked.complete("");
        FollowingDaemon.await(() -> last() == revision);
    }

    @Test
    void aWatchMayBeSilentForLongerAfterOneThatToldNothing() {
        follower.start();
        awaitWatches(1);
        etcd.silence(true);
        commit("a");
        passSilence();
        follower.lagging();
        awaitWatches(2);

        passSilence();
        follower.lagging();
        pause();

        assertEquals(2, etcd.watched().size());
        passSilence();
        follower.lagging();
        awaitWatches(3);
    }

    /** Ends the watch, and waits until the follower has looked what etcd has. */
    private void assertRefused() {
        etcd.endWatches();
        FollowingDaemon.await(() -> follower.refusal() != null);
        assertEquals(0, outdated.get());
    }

    @Test
    void anEtcdThatWasSetBackToBeforeTheViewWasFilledIsRefusedThoughItHasACommitOfThatRevision() {
        follower.start();
        awaitWatches(1);

        etcd.setBack(last() - 1);
        assertEquals(last(), commit("other"));
        commit("another");

        assertRefused();
    }

    @Test
    void anEtcdThatWasSetBackToBeforeADeletionIsRefused() {
        follower.start();
        awaitWatches(1);
        long before = last();
        commit("a");
        long revision = etcd.delete(key("a"), Map.of(keys.mark(), mark()));
        FollowingDaemon.await(() -> last() == revision);

        etcd.setBack(before);
        commit("b");
        commit("c");
        commit("d");

        assertRefused();
    }

    @Test
    void anEtcdThatWasSetBackIsRefusedThoughItHasDroppedTheRevision() {
        follower.start();
        awaitWatches(1);
        long before = last();
        long revision = commit("a");
        FollowingDaemon.await(() -> last() == revision);

        etcd.setBack(before);
        etcd.goOn(10);
        etcd.compact(revision + 1);

        assertRefused();
    }

    @Test
    void anEtcdThatWasNotSetBackIsFollowedAgain() {
        follower.start();
        awaitWatches(1);
        commit("a");
        long deleted = etcd.delete(key("a"), Map.of(keys.mark(), mark()));
        FollowingDaemon.await(() -> last() == deleted);
        etcd.endWatches();
        awaitWatches(2);
        long foreign = etcd.put(Map.of(key("b"), image("b")));
        FollowingDaemon.await(() -> last() == foreign);
        etcd.endWatches();
        awaitWatches(3);
        long gone = etcd.delete(key("b"), Map.of());
        FollowingDaemon.await(() -> last() == gone);
        etcd.endWatches();
        awaitWatches(4);
        long revision = commit("c");
        FollowingDaemon.await(() -> last() == revision);

        assertEquals(List.of(deleted + 1, foreign + 1, gone + 1), etcd.watched().subList(1, 4));
        assertEquals(0, outdated.get());
    }

    @Test
    void whatAnotherProgramWritesWhileNothingIsWatchedIsTakenOver() {
        follower.start();
        awaitWatches(1);
        etcd.silence(true);
        long revision = etcd.put(Map.of(key("a"), image("a")));
        etcd.goOn(5);

        etcd.endWatches();

        FollowingDaemon.await(() -> last() == revision);
    }

    @Test
    void whatAnotherProgramWroteIsSkippedOnceItIsDropped() {
        follower.start();
        awaitWatches(1);
        etcd.silence(true);
        long foreign = etcd.put(Map.of(key("a"), image("a")));
        etcd.goOn(5);
        etcd.compact(foreign + 3);

        etcd.endWatches();

        awaitWatches(3);
        assertEquals(foreign + 3, etcd.watched().get(2));
        long revision = commit("b");
        FollowingDaemon.await(() -> last() == revision);
        assertEquals(0, outdated.get());
    }

    @Test
    void aViewThatHasLostCommitsIsMadeAgain() {
        follower.start();
        awaitWatches(1);
        long revision = commit("a");
        FollowingDaemon.await(() -> progress.applied() == revision);
        database.write(batch -> {
            batch.delete(Schema.CHANGES.entries(), Keys.change(revision, 0));
            return batch;
        });

        etcd.endWatches();

        FollowingDaemon.await(() -> outdated.get() == 1);
    }

    @Test
    void aFollowerThatIsClosedWhileItStartsDoesNotWatch() throws Exception {
        CountDownLatch isAsked = new CountDownLatch(1);
        etcd.beforeTxn = () -> {
            isAsked.countDown();
            blocked.join();
        };
        follower.start();
        isAsked.await();

        follower.close();
        blocked.complete("");

        FollowingDaemon.await(follower::isEnded);
        client.get(keys.mark()).join(); // behind a watch on the same connection
        assertEquals(List.of(), etcd.watched());
    }

    @Test
    void aProblemIsForgottenOnceItIsOver() {
        etcd.put(Map.of(keys.life(), ByteString.copyFromUtf8("no id")));
        follower.start();
        FollowingDaemon.await(() -> follower.problem() != null);

        etcd.put(Map.of(keys.life(), ByteString.copyFromUtf8(life.toString())));

        awaitWatches(1);
        assertNull(follower.problem());
    }
}
