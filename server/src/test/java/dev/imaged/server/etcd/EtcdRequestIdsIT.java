package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.images.AsOf;
import dev.imaged.images.Change;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.Operation;
import dev.imaged.images.RequestOptions;
import dev.imaged.images.Revert;
import dev.imaged.images.Transactions;
import dev.imaged.images.Undo;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.etcd.CompactionRequest;
import dev.imaged.proto.etcd.KVGrpc;
import dev.imaged.proto.etcd.KeyValue;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A request id belongs to one request on all daemons. */
class EtcdRequestIdsIT {
    private static final int ROUNDS = Integer.getInteger("imaged.etcd.ids.rounds", 40);
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    @AutoClose
    private static EtcdCluster cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = EtcdCluster.start(1);
    }

    private static ImageStore store(ImageStores stores) {
        return stores.namespace("ns");
    }

    private static Applied apply(ImageStores stores, Apply request) {
        return stores.transactions("ns").orElseThrow().apply(request);
    }

    private static Image image(String name) {
        return new Image(name, TARGET);
    }

    private static Apply create(String name, String id) {
        return Apply.of(Operation.create(image(name))).with(RequestOptions.DEFAULT.withRequestId(id));
    }

    /** What a request led to. */
    private record Answer(
            @Nullable Applied applied, @Nullable ImageException error) {
        static Answer of(Callable<Applied> request) throws Exception {
            try {
                return new Answer(request.call(), null);
            } catch (ImageException e) {
                return new Answer(null, e);
            }
        }
    }

    /** Sends two requests to two daemons at the same moment. */
    private static List<Answer> race(ExecutorService threads, Callable<Applied> one, Callable<Applied> two)
            throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        List<Future<Answer>> answers = Stream.of(one, two)
                .map(request -> threads.submit(() -> {
                    start.await();
                    return Answer.of(request);
                }))
                .toList();
        return List.of(answers.get(0).get(), answers.get(1).get());
    }

    @Test
    void ofTwoRequestsWithOneIdAtTheSameMomentOnTwoDaemonsOneIsCarriedOut() throws Exception {
        EtcdConfig config = cluster.newStore();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (ImageStores one = EtcdDaemons.open(config, Clock.systemUTC());
                ImageStores two = EtcdDaemons.open(config, Clock.systemUTC())) {
            for (int i = 0; i < ROUNDS; i++) {
                String id = "id" + i;
                String left = "left" + i;
                String right = "right" + i;

                List<Answer> answers =
                        race(threads, () -> apply(one, create(left, id)), () -> apply(two, create(right, id)));

                ImageException refused = Stream.of(
                                answers.get(0).error(), answers.get(1).error())
                        .filter(InvalidArgument.class::isInstance)
                        .findFirst()
                        .orElseThrow();
                assertEquals("REQUEST_ID_REUSED", refused.reason());
                boolean leftWon = answers.get(0).applied() != null;
                assertNotEquals(leftWon, answers.get(1).applied() != null);
                assertEquals(TARGET, store(one).get(leftWon ? left : right).target());
                assertThrows(NotFound.class, () -> store(two).get(leftWon ? right : left));
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void aRequestThatTwoDaemonsGetAtTheSameMomentIsCarriedOutOnceThoughItsImageIsDeletedMeanwhile() throws Exception {
        EtcdConfig config = cluster.newStore();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (ImageStores one = EtcdDaemons.open(config, Clock.systemUTC());
                ImageStores two = EtcdDaemons.open(config, Clock.systemUTC())) {
            for (int i = 0; i < ROUNDS; i++) {
                String name = "image" + i;
                Apply request = create(name, "id" + i);

                List<Answer> answers = race(
                        threads,
                        () -> {
                            Applied applied = apply(one, request);
                            store(one).delete(name);
                            return applied;
                        },
                        () -> apply(two, request));

                Applied first = answers.get(0).applied();
                Applied second = answers.get(1).applied();
                assertEquals(first.position(), second.position());
                assertEquals(first.results(), second.results());
                assertNotEquals(first.replayed(), second.replayed());
                assertEquals(
                        List.of(Change.Kind.DELETE, Change.Kind.CREATE),
                        two.history("ns").orElseThrow().changes(name).changes().stream()
                                .map(Change::kind)
                                .toList());
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void aDaemonThatReadAllImagesKnowsTheRequestsOfBefore() throws Exception {
        EtcdConfig config = cluster.newStore();
        Apply request = Apply.of(
                        Operation.create(image("created")),
                        Operation.put(new Image("updated", Map.of("k", "v"), TARGET)),
                        Operation.delete("deleted"),
                        Operation.put(image("same")))
                .with(RequestOptions.DEFAULT.withRequestId("before"));
        Apply removal = Apply.of(Operation.delete("other")).with(RequestOptions.DEFAULT.withRequestId("removal"));
        Applied first;
        Applied removed;
        try (ImageStores stores = EtcdDaemons.open(config, Clock.systemUTC())) {
            List.of("updated", "deleted", "same", "other")
                    .forEach(name -> store(stores).create(image(name)));
            first = apply(stores, request);
            removed = apply(stores, removal);
        }
        try (ImageStores filled = EtcdDaemons.open(config, Clock.systemUTC())) {
            List<Image> before = store(filled).list();

            Applied again = apply(filled, request);

            assertTrue(again.replayed());
            assertEquals(first.position(), again.position());
            assertEquals(first.results(), again.results());
            assertEquals(
                    removed.results(), apply(filled, removal).results(), "a repeated removal finds nothing to remove");
            InvalidArgument reused =
                    assertThrows(InvalidArgument.class, () -> apply(filled, create("another", "before")));
            assertEquals("REQUEST_ID_REUSED", reused.reason());
            assertEquals(before, store(filled).list());
        }
    }

    @Test
    void aDaemonThatReadAllImagesKnowsWhatWasUndoneAndReverted() throws Exception {
        EtcdConfig config = cluster.newStore();
        Undo undo;
        Revert revert;
        Applied undone;
        Applied reverted;
        try (ImageStores stores = EtcdDaemons.open(config, Clock.systemUTC())) {
            Transactions transactions = stores.transactions("ns").orElseThrow();
            store(stores).create(image("a"));
            long labelled = apply(stores, Apply.of(Operation.put(new Image("a", Map.of("k", "v"), TARGET))))
                    .position()
                    .revision();
            undo = Undo.of(labelled).with(RequestOptions.DEFAULT.withRequestId("undo"));
            undone = transactions.undo(undo);
            revert = new Revert(
                    List.of(new Revert.Target("a", AsOf.revision(labelled))),
                    RequestOptions.DEFAULT.withRequestId("revert"));
            reverted = transactions.revert(revert);
        }
        try (ImageStores filled = EtcdDaemons.open(config, Clock.systemUTC())) {
            Transactions transactions = filled.transactions("ns").orElseThrow();
            assertEquals(undone.position(), transactions.undo(undo).position());
            assertEquals(undone.results(), transactions.undo(undo).results());
            assertEquals(reverted.position(), transactions.revert(revert).position());
            InvalidArgument reused = assertThrows(
                    InvalidArgument.class,
                    () -> transactions.undo(undo.with(RequestOptions.DEFAULT.withRequestId("revert"))));
            assertEquals("REQUEST_ID_REUSED", reused.reason());
            assertThrows(
                    OutOfRange.class,
                    () -> transactions.undo(undo.with(RequestOptions.DEFAULT.withRequestId("another"))));
        }
    }

    @Test
    void aRequestWhoseImagesEtcdHasDroppedIsNotCarriedOutAgain() throws Exception {
        EtcdConfig config = cluster.newStore();
        Apply request = create("a", "old");
        try (ImageStores stores = EtcdDaemons.open(config, Clock.systemUTC())) {
            apply(stores, request);
            store(stores).delete("a");
            compact(apply(stores, create("b", "new")).position().revision());
        }
        try (ImageStores filled = EtcdDaemons.open(config, Clock.systemUTC())) {
            OutOfRange unknown = assertThrows(OutOfRange.class, () -> apply(filled, request));

            assertEquals("REVISION_DROPPED", unknown.reason());
            assertThrows(NotFound.class, () -> store(filled).get("a"));
        }
    }

    private static void compact(long revision) {
        ManagedChannel channel = Grpc.newChannelBuilder(
                        "dns:///" + cluster.endpoints().get(0), InsecureChannelCredentials.create())
                .build();
        try {
            KVGrpc.newBlockingStub(channel)
                    .compact(
                            CompactionRequest.newBuilder().setRevision(revision).build());
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void etcdDropsAnIdInTheEnd() throws Exception {
        EtcdConfig config = cluster.newStore();
        try (ImageStores stores = EtcdDaemons.open(config, Clock.systemUTC());
                EtcdClient client = new EtcdClient(config)) {
            apply(stores, create("a", "id"));

            List<KeyValue> found = client.get(new EtcdKeys(config.prefix()).request("ns", "id"))
                    .join()
                    .getKvsList();

            assertEquals(1, found.size());
            assertNotEquals(0, found.get(0).getLease());
        }
    }
}
