package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.images.Image;
import dev.imaged.images.WriteOptions;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.ResponseHeader;
import dev.imaged.proto.etcd.ResponseOp;
import dev.imaged.proto.etcd.TxnRequest;
import dev.imaged.proto.etcd.TxnResponse;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.write.Commit;
import dev.imaged.server.store.write.ImageWriter;
import dev.imaged.server.store.write.WriteTransaction;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the writer answers, whatever etcd and the view do. */
class EtcdWriterTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    /** The view is empty, and as new as etcd until a test commits. */
    private static final long NEWEST = 5;

    private final ViewProgress progress = new ViewProgress(NEWEST);
    private final EtcdKeys keys = new EtcdKeys("/p/");
    private final UnreadableKeys unreadable = new UnreadableKeys();
    private final MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
    private ScriptedEtcd etcd;
    private EtcdClient client;
    private EtcdWriter writer;
    private StoreEngine store;
    private UUID life;

    @BeforeEach
    void open() throws Exception {
        etcd = new ScriptedEtcd(request -> ScriptedEtcd.succeeded(NEWEST + 1));
        client = new EtcdClient(etcd.config());
        StoreEngine opened = StoreEngine.openView(
                database, TestStores.CACHE_BYTES, Clock.systemUTC(), TestStores.RETENTION, TestStores.LIMITS);
        life = database.read(Meta::instanceId);
        CommitClock clock = new CommitClock(Clock.systemUTC(), Instant.MIN);
        Attempts attempts = new Attempts();
        Follower follower = new Follower(
                client,
                keys,
                unreadable,
                life,
                new ViewDatabase(database),
                opened.committer(),
                progress,
                attempts,
                clock,
                () -> {},
                System::nanoTime);
        Barrier barrier = new Barrier(client, keys, life, progress, new ViewLag(), follower, () -> {});
        CommitSender sender = new CommitSender(client, keys, life, progress, barrier, attempts, clock);
        ScheduledThreadPoolExecutor executor = EtcdWriter.executor();
        writer = new EtcdWriter(
                TestStores.LIMITS,
                executor,
                new Proposer(
                        database,
                        keys,
                        unreadable,
                        barrier,
                        sender,
                        new SoleRight(client, keys, barrier),
                        clock,
                        executor));
        store = opened.writingThrough(writer);
    }

    @AfterEach
    void close() {
        writer.close();
        client.close();
        store.close();
        etcd.close();
    }

    /** Whether a transaction is a commit. */
    private boolean isCommit(TxnRequest request) {
        return request.getSuccessList().stream()
                .anyMatch(step -> step.getRequestPut().getKey().equals(keys.mark()));
    }

    /** Returns what a barrier is told. */
    private TxnResponse state(long lastCommit) {
        ByteString id = ByteString.copyFromUtf8(life.toString());
        return TxnResponse.newBuilder()
                .setSucceeded(true)
                .setHeader(ResponseHeader.newBuilder().setRevision(lastCommit))
                .addResponses(ResponseOp.newBuilder()
                        .setResponseRange(RangeResponse.newBuilder()
                                .addKvs(KeyValue.newBuilder()
                                        .setKey(keys.life())
                                        .setValue(id))))
                .addResponses(ResponseOp.newBuilder()
                        .setResponseRange(RangeResponse.newBuilder()
                                .addKvs(KeyValue.newBuilder()
                                        .setKey(keys.mark())
                                        .setModRevision(lastCommit))))
                .build();
    }

    private CompletableFuture<?> create(String name) {
        return store.namespace("ns").create(new Image(name, TARGET), WriteOptions.DEFAULT);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; !condition.getAsBoolean(); i++) {
            assertTrue(i < 1000, "it does not happen");
            Thread.sleep(5);
        }
    }

    @Test
    void aWriteThatEtcdAcknowledgedIsStoredThoughTheViewDoesNotHaveItWhenTheDaemonStops() throws Exception {
        CompletableFuture<?> write = create("a");
        await(() -> etcd.transactions.size() == 1);
        Thread.sleep(200); // for the answer

        writer.close();

        write.get(1, TimeUnit.SECONDS);
    }

    @Test
    void onlySoManyTransactionsAreOnTheirWayAndTheOtherWritesFollow() throws Exception {
        CountDownLatch answers = new CountDownLatch(1);
        etcd.answer = request -> {
            try {
                answers.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return ScriptedEtcd.succeeded(NEWEST);
        };
        int count = 2 * Proposer.MAX_IN_FLIGHT + 1;

        List<CompletableFuture<?>> writes = IntStream.range(0, count)
                .<CompletableFuture<?>>mapToObj(i -> create("i" + i))
                .toList();
        await(() -> etcd.transactions.size() == Proposer.MAX_IN_FLIGHT);
        Thread.sleep(200);
        assertEquals(Proposer.MAX_IN_FLIGHT, etcd.transactions.size());

        answers.countDown();
        writes.forEach(CompletableFuture::join);
        assertEquals(count, etcd.transactions.size());
    }

    @Test
    void writesOfOneImageAreCarriedOutInTheirOrder() {
        etcd.answer = request -> request.getCompareCount() == 0 ? state(NEWEST) : ScriptedEtcd.succeeded(NEWEST);
        List<Integer> order = new CopyOnWriteArrayList<>();

        List<CompletableFuture<Void>> writes = IntStream.range(0, 1000)
                .mapToObj(i -> create("a").thenRun(() -> order.add(i)))
                .toList();

        writes.forEach(CompletableFuture::join);
        assertEquals(IntStream.range(0, 1000).boxed().toList(), order);
    }

    @Test
    void aWriteWhoseAnswerCannotBeMadeFails() throws Exception {
        CompletableFuture<String> write = writer.submit(1, new ImageWriter.Mutation<>() {
            @Override
            public String apply(WriteTransaction transaction) {
                Commit commit = transaction.begin("ns", Cause.UNKNOWN);
                commit.create(new Image("a", TARGET));
                commit.write();
                return "done";
            }

            @Override
            public String at(long revision, String result) {
                throw new IllegalStateException("a defect");
            }
        });
        await(() -> etcd.transactions.size() == 1);
        progress.applied(NEWEST + 1);

        ExecutionException failed = assertThrows(ExecutionException.class, () -> write.get(5, TimeUnit.SECONDS));
        assertTrue(
                failed.getCause().getMessage().startsWith("the write was carried out, but its answer failed: "),
                () -> failed.getCause().getMessage());
    }

    /** A write that depends on more than etcd can compare. */
    private CompletableFuture<String> writeAlone() {
        return writer.submit(1, transaction -> {
            Commit commit = transaction.begin("ns", Cause.UNKNOWN);
            commit.create(new Image("a" + transaction.deletedRevision("ns", "a"), TARGET));
            commit.write();
            return "done";
        });
    }

    private boolean givesBack(TxnRequest request) {
        return !isCommit(request)
                && request.getSuccessList().stream()
                        .anyMatch(step -> step.getRequestDeleteRange().getKey().equals(keys.alone()));
    }

    @Test
    void theRightToWriteAloneIsGivenBackIfTheViewStaysBehind() throws Exception {
        etcd.answer =
                request -> request.getCompareCount() == 0 ? state(NEWEST + 1) : ScriptedEtcd.succeeded(NEWEST + 2);

        CompletableFuture<String> write = writeAlone();

        ImageException behind = assertInstanceOf(
                ImageException.class,
                assertThrows(CompletionException.class, write::join).getCause());
        assertEquals("VIEW_BEHIND", behind.reason());
        await(() -> etcd.transactions.stream().anyMatch(this::givesBack));
    }

    @Test
    void theRightToWriteAloneIsGivenBackWhenTheDaemonStops() throws Exception {
        etcd.answer = request -> {
            if (request.getCompareCount() == 0) {
                return state(NEWEST);
            }
            return isCommit(request) ? null : ScriptedEtcd.succeeded(NEWEST + 1);
        };
        writeAlone();
        await(() -> etcd.transactions.stream().anyMatch(this::isCommit));

        writer.close();

        assertTrue(etcd.transactions.stream().anyMatch(this::givesBack));
        ByteString image = keys.image(ByteBuffer.wrap(Keys.image("ns", "a0")));
        assertTrue(
                etcd.transactions.stream()
                        .filter(this::isCommit)
                        .flatMap(commit -> commit.getCompareList().stream())
                        .anyMatch(compare -> compare.getKey().equals(image)),
                "a key of another program is written over");
    }

    @Test
    void theRightToWriteAloneIsNotAskedForWhileAnotherHasIt() throws Exception {
        etcd.read = request -> RangeResponse.newBuilder()
                .addKvs(KeyValue.newBuilder().setKey(request.getKey()))
                .build();

        writeAlone();
        Thread.sleep(200);

        assertEquals(List.of(), etcd.grants);
        assertEquals(List.of(), etcd.transactions);
    }

    @Test
    void aKeyThatDoesNotHoldAnImageIsNotWrittenOver() throws Exception {
        etcd.answer = request -> request.getCompareCount() == 0 ? state(NEWEST) : ScriptedEtcd.succeeded(NEWEST + 1);
        unreadable.add(new Meta.LeftOut(
                keys.image(ByteBuffer.wrap(Keys.image("ns", "a"))).toByteArray(), 3, "of another program"));

        CompletableFuture<?> write = create("a");

        ImageException refused = assertInstanceOf(
                FailedPrecondition.class,
                assertThrows(CompletionException.class, write::join).getCause());
        assertTrue(
                refused.getMessage().startsWith("not stored: key \"/p/i/ns\\x00a\" in etcd does not hold an image: "),
                refused.getMessage());
        assertTrue(etcd.transactions.stream().noneMatch(this::isCommit));
    }

    @Test
    void etcdKnowsARequestIdForAnHour() throws Exception {
        writer.submit(1, transaction -> {
            Commit commit = transaction.begin("ns", new Cause("", "id", ByteString.copyFromUtf8("hash"), "", 0));
            commit.create(new Image("a", TARGET));
            commit.write();
            return "done";
        });
        await(() -> etcd.transactions.stream().anyMatch(this::isCommit));

        long seconds = etcd.grants.get(0).getTTL();
        assertTrue(seconds >= 3600 && seconds < 3700, () -> seconds + " s");
    }

    @Test
    void aWriteThatIsBeingDecidedWhenTheDaemonStopsIsNotCalledUnstoredIfItIsSent() throws Exception {
        etcd.answer = request -> null;
        CountDownLatch decides = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        CompletableFuture<String> write = writer.submit(1, transaction -> {
            decides.countDown();
            try {
                goesOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            Commit commit = transaction.begin("ns", Cause.UNKNOWN);
            commit.create(new Image("a", TARGET));
            commit.write();
            return "done";
        });
        decides.await();

        CompletableFuture<Void> closing = CompletableFuture.runAsync(writer::close);
        Thread.sleep(100);
        goesOn.countDown();
        closing.get(10, TimeUnit.SECONDS);

        String error =
                assertThrows(CompletionException.class, write::join).getCause().getMessage();
        assertTrue(error.startsWith("it is not known whether the write was stored: "), error);
    }

    @Test
    void aWriteWhoseAnswerIsMissingMayBeStored() throws Exception {
        etcd.answer = request -> null;
        CompletableFuture<?> write = create("a");
        await(() -> etcd.transactions.size() == 1);

        writer.close();

        assertEquals(
                "it is not known whether the write was stored: the daemon stops, or reads all images again;"
                        + " read the image again",
                assertThrows(CompletionException.class, write::join).getCause().getMessage());
    }
}
