package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Apply;
import dev.imaged.images.AsOf;
import dev.imaged.images.Condition;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.GcLabels;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.Operation;
import dev.imaged.images.RequestOptions;
import dev.imaged.images.Revert;
import dev.imaged.images.Undo;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What becomes of writes when etcd is away, or others write as well. */
class EtcdWritesIT {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);
    private static final int WRITERS = 16;
    private static final int ROUNDS = Integer.getInteger("imaged.etcd.writes.rounds", 5);

    /** How much later than it should an answer may come on a busy machine. */
    private static final Duration SLACK = Duration.ofSeconds(3);

    private static ImageStore store(ImageStores stores) {
        return stores.namespace("ns");
    }

    private static Image image(String name) {
        return new Image(name, TARGET);
    }

    private static Image labelled(String name, int value) {
        return new Image(name, Map.of("k", String.valueOf(value)), TARGET);
    }

    @Test
    void whileEtcdIsAwayEachWriteOfAnImageFailsByItsOwnTimeAndLaterOnesAreStored() throws Exception {
        try (EtcdCluster cluster = EtcdCluster.start(1);
                ImageStores stores = EtcdDaemons.open(cluster.newStore(), Clock.systemUTC())) {
            store(stores).create(image("a"));
            cluster.members().get(0).pause();

            long start = System.nanoTime();
            List<CompletableFuture<Image>> writes = IntStream.range(0, 10)
                    .mapToObj(i -> stores.async("ns").update(labelled("a", i), UpdateMask.all()))
                    .toList();
            for (CompletableFuture<Image> write : writes) {
                CompletionException failed = assertThrows(CompletionException.class, write::join);
                assertInstanceOf(Unavailable.class, failed.getCause());
            }
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            assertTrue(took.compareTo(EtcdWriter.MAX_WRITE.plus(SLACK)) < 0, () -> "the writes took " + took);

            cluster.members().get(0).resume();
            cluster.awaitAnswer(cluster.members().get(0));
            Image last = null;
            for (int attempt = 0; last == null; attempt++) {
                try {
                    last = store(stores).update(labelled("a", 100), UpdateMask.all());
                } catch (Unavailable e) { // until the watch goes on
                    assertTrue(attempt < 10, () -> "no write is taken: " + e.getMessage());
                }
            }
            assertEquals(last, store(stores).get("a"));
        }
    }

    @Test
    void aRemovalStopsAtTheFirstErrorAndSaysWhatWasDone() throws Exception {
        try (EtcdCluster cluster = EtcdCluster.start(1);
                CuttingProxy proxy = new CuttingProxy(cluster.endpoints().get(0))) {
            EtcdConfig config = cluster.newStore();
            EtcdConfig through =
                    new EtcdConfig(List.of(proxy.endpoint()), config.prefix(), null, EtcdConfig.Reads.CURRENT);
            try (ImageStores stores = EtcdDaemons.open(through, Clock.systemUTC());
                    ImageStores other = EtcdDaemons.open(config, Clock.systemUTC())) {
                store(stores).create(image("a"));
                for (int i = 0; i < 4; i++) {
                    store(stores)
                            .create(new Image("expired-" + i, Map.of(GcLabels.EXPIRE, "2001-01-01T00:00:00Z"), TARGET));
                }
                proxy.closeBefore("expired-2");

                Unavailable failed =
                        assertThrows(Unavailable.class, () -> store(stores).delete("a", DeleteOptions.collecting()));

                assertTrue(
                        failed.getMessage()
                                .startsWith("the write was stored, but only 2 of 4 images that have expired"
                                        + " were removed: "),
                        failed.getMessage());
                assertEquals(
                        List.of("expired-2", "expired-3"),
                        store(other).list().stream().map(Image::name).toList());
            }
        }
    }

    @Test
    void aRemovalWhoseRequestIsLostIsSentAgain() throws Exception {
        try (EtcdCluster cluster = EtcdCluster.start(1);
                CuttingProxy proxy = new CuttingProxy(cluster.endpoints().get(0))) {
            EtcdConfig through = new EtcdConfig(
                    List.of(proxy.endpoint()), cluster.newStore().prefix(), null, EtcdConfig.Reads.CURRENT);
            try (ImageStores stores = EtcdDaemons.open(through, Clock.systemUTC())) {
                store(stores).create(image("a"));
                for (int i = 0; i < 3; i++) {
                    store(stores)
                            .create(new Image("expired-" + i, Map.of(GcLabels.EXPIRE, "2001-01-01T00:00:00Z"), TARGET));
                }
                proxy.loseRequest("expired-1");

                store(stores).delete("a", DeleteOptions.collecting());

                assertEquals(1, proxy.cuts());
                assertEquals(List.of(), store(stores).list());
            }
        }
    }

    @Test
    void requestsThatDependOnMuchAreCarriedOutWhileOthersWrite() throws Exception {
        try (EtcdCluster cluster = EtcdCluster.start(1)) {
            EtcdConfig config = cluster.newStore();
            try (ImageStores one = EtcdDaemons.openKeepingAll(config);
                    ImageStores two = EtcdDaemons.openKeepingAll(config)) {
                AtomicBoolean stop = new AtomicBoolean();
                AtomicInteger others = new AtomicInteger();
                ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
                List<Future<?>> writers = new ArrayList<>();
                for (int i = 0; i < WRITERS; i++) {
                    ImageStore store = store(i % 2 == 0 ? one : two);
                    String name = "other" + i;
                    writers.add(threads.submit(() -> write(store, name, stop, others)));
                }
                for (int round = 0; round < ROUNDS; round++) {
                    int before = others.get();
                    ImageStores stores = round % 2 == 0 ? one : two;
                    undoDeletion(stores, "undone" + round);
                    applyLarge(stores, round);
                    assertTrue(others.get() > before, "the others do not write");
                }
                stop.set(true);
                for (Future<?> writer : writers) {
                    writer.get();
                }
                threads.shutdown();
                assertEquals(store(one).list(), store(two).list());
                assertEquals(WRITERS + ROUNDS * 101, store(one).list().size());
            }
        }
    }

    @Test
    void writesGoOnOnceTheLeaseEndsOfADaemonThatDiedWithTheRightToWriteAlone() throws Exception {
        try (EtcdCluster cluster = EtcdCluster.start(1)) {
            EtcdConfig config = cluster.newStore();
            try (ImageStores stores = EtcdDaemons.open(config, Clock.systemUTC());
                    EtcdClient dead = new EtcdClient(config)) {
                EtcdKeys keys = new EtcdKeys(config.prefix());
                long lease = dead.grant(Duration.ofSeconds(1)).join().getID();
                ByteString owner = ByteString.copyFromUtf8("dead");
                assertTrue(dead.txn(CommitRequest.takeRight(keys, owner, lease), true)
                        .join()
                        .getSucceeded());

                store(stores).create(image("a"));

                assertEquals(0, dead.get(keys.alone()).join().getKvsCount());
                assertEquals(TARGET, store(stores).get("a").target());
            }
        }
    }

    @Test
    void severalDaemonsThatWantToWriteAloneDoSoOneAfterTheOther() throws Exception {
        try (EtcdCluster cluster = EtcdCluster.start(1)) {
            EtcdConfig config = cluster.newStore();
            try (ImageStores one = EtcdDaemons.openKeepingAll(config);
                    ImageStores two = EtcdDaemons.openKeepingAll(config)) {
                ExecutorService threads = Executors.newFixedThreadPool(4);
                List<Future<?>> undoing = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    ImageStores stores = i % 2 == 0 ? one : two;
                    String name = "image" + i + "-";
                    undoing.add(threads.submit(() -> {
                        for (int round = 0; round < ROUNDS; round++) {
                            undoDeletion(stores, name + round);
                        }
                    }));
                }
                for (Future<?> undone : undoing) {
                    undone.get();
                }
                threads.shutdown();
                assertEquals(4 * ROUNDS, store(one).list().size());
                assertEquals(store(one).list(), store(two).list());
            }
        }
    }

    @Test
    void aDaemonWithLocalReadsUndoesAndRevertsWhatAnotherHasJustDone() throws Exception {
        try (EtcdCluster cluster = EtcdCluster.start(1)) {
            EtcdConfig config = cluster.newStore();
            EtcdConfig local = new EtcdConfig(config.endpoints(), config.prefix(), null, EtcdConfig.Reads.LOCAL);
            try (ImageStores one = EtcdDaemons.openKeepingAll(local);
                    ImageStores two = EtcdDaemons.openKeepingAll(config)) {
                store(two).create(image("a"));
                for (int round = 0; round < 10 * ROUNDS; round++) {
                    long revision = two.transactions("ns")
                            .orElseThrow()
                            .apply(Apply.of(Operation.put(labelled("a", round))))
                            .position()
                            .revision();

                    one.transactions("ns").orElseThrow().undo(Undo.of(revision));
                    assertEquals(Map.of(), store(two).get("a").labels());
                    one.transactions("ns").orElseThrow().revert(Revert.of("a", AsOf.revision(revision)));
                    assertEquals(
                            Map.of("k", String.valueOf(round)),
                            store(two).get("a").labels());
                    store(two).update(image("a"), UpdateMask.all());
                }
            }
        }
    }

    private static void write(ImageStore store, String name, AtomicBoolean stop, AtomicInteger count) {
        store.create(image(name));
        for (int i = 0; !stop.get(); i++) {
            store.update(labelled(name, i), UpdateMask.all());
            count.incrementAndGet();
        }
    }

    private static void undoDeletion(ImageStores stores, String name) {
        store(stores).create(image(name));
        store(stores).delete(name);
        assertThrows(NotFound.class, () -> store(stores).get(name));
        long deleted = stores.history("ns")
                .orElseThrow()
                .changes(name)
                .changes()
                .get(0)
                .revision();
        stores.transactions("ns").orElseThrow().undo(Undo.of(deleted));
        assertEquals(TARGET, store(stores).get(name).target());
    }

    /** Creates 100 images if 100 others do not exist. */
    private static void applyLarge(ImageStores stores, int round) {
        List<Operation> operations = new ArrayList<>();
        List<Apply.Check> checks = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            operations.add(Operation.create(image("large" + round + "-" + i)));
            checks.add(new Apply.Check("absent" + i, Condition.absent()));
        }
        stores.transactions("ns").orElseThrow().apply(new Apply(operations, checks, RequestOptions.DEFAULT));
    }

    @Test
    void eachWriteHasAnAnswerWhenItsDaemonStopsAndWhatWasAcknowledgedIsThere() throws Exception {
        try (EtcdCluster cluster = EtcdCluster.start(1)) {
            EtcdConfig config = cluster.newStore();
            try (ImageStores other = EtcdDaemons.open(config, Clock.systemUTC())) {
                EtcdEngine stopping =
                        EtcdDaemons.engine(config, new MemoryDatabase(TestStores.CONTENTS), Clock.systemUTC());
                AtomicInteger count = new AtomicInteger();
                ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
                List<Future<Set<String>>> writers = new ArrayList<>();
                for (int i = 0; i < WRITERS; i++) {
                    String start = "w" + i + "-";
                    writers.add(threads.submit(() -> writeUntilRefused(stopping, start, count)));
                }
                while (count.get() < 10 * WRITERS) {
                    Thread.sleep(1);
                }
                stopping.close();
                Set<String> acknowledged = new HashSet<>();
                for (Future<Set<String>> writer : writers) {
                    acknowledged.addAll(writer.get());
                }
                threads.shutdown();

                store(other).list().forEach(image -> acknowledged.remove(image.name()));
                assertEquals(Set.of(), acknowledged);
            }
        }
    }

    /** Creates images until one is refused, and returns the names of those that were acknowledged. */
    private static Set<String> writeUntilRefused(EtcdEngine engine, String start, AtomicInteger count)
            throws Exception {
        EncodedImages images = engine.namespace("ns");
        Set<String> acknowledged = new HashSet<>();
        while (true) {
            String name = start + acknowledged.size();
            try {
                images.create(image(name), WriteOptions.DEFAULT)
                        .get(EtcdWriter.MAX_WRITE.plus(SLACK).toSeconds(), TimeUnit.SECONDS);
                acknowledged.add(name);
                count.incrementAndGet();
            } catch (ExecutionException e) {
                assertInstanceOf(Unavailable.class, e.getCause());
                return acknowledged;
            }
        }
    }
}
