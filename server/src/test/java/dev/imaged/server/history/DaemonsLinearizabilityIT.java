package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.DescribeRequest;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ImageServer;
import dev.imaged.server.TestDaemon;
import dev.imaged.server.etcd.EtcdCluster;
import dev.imaged.server.history.Operation.Content;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several clients call two daemons over one etcd cluster on the same few names, while members are killed: all calls have an order in
 * which one after the other would have had the same answers, whichever daemon gave them. {@code -Dimaged.etcd.calls.rounds=100} is a long run.
 */
class DaemonsLinearizabilityIT {
    private static final int ROUNDS = Integer.getInteger("imaged.etcd.calls.rounds", 3);
    private static final long SEED = Long.getLong("imaged.history.seed", 20261128);
    private static final int CLIENTS = 6;
    private static final int CALLS = 600;
    private static final int PATIENCE_SECONDS = 60;

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);
    private final LinearizabilityChecker<Map<String, Content>> checker = new LinearizabilityChecker<>(Map.of());
    private final List<RemoteImageStores> daemons = new ArrayList<>();

    @Test
    void callsOfTwoDaemonsHaveAnOrderAlsoWhenMembersAreKilled() throws Exception {
        try (EtcdCluster cluster = EtcdCluster.start(3);
                ImageServer one = serve(cluster, "one");
                ImageServer two = serve(cluster, "two")) {
            for (ImageServer server : List.of(one, two)) {
                daemons.add(RemoteImageStores.connect(server.addresses().get(0).toString()));
            }
            assertEquals("etcd", engine(daemons.get(0)));
            List<RecordingClient> clients = new ArrayList<>();
            for (int number = 0; number < CLIENTS; number++) {
                clients.add(new RecordingClient(number, random.nextLong()));
            }
            ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
            int answers = 0;
            try {
                for (int round = 0; round < ROUNDS; round++) {
                    EtcdCluster.Member victim = cluster.members().get(random.nextInt(3));
                    List<Call<Map<String, Content>>> history = round(clients, threads, victim);
                    answers += (int)
                            history.stream().filter(call -> !call.unknown()).count();
                    checker.check(history);
                    victim.start();
                    cluster.awaitAnswer(victim);
                }
            } finally {
                threads.shutdown();
                daemons.forEach(RemoteImageStores::close);
            }
            assertTrue(answers > ROUNDS * CALLS, answers + " answers");
        } catch (AssertionError e) {
            throw new AssertionError("seed " + SEED, e);
        }
    }

    private ImageServer serve(EtcdCluster cluster, String name) {
        return ImageServer.start(
                TestDaemon.config(
                        folder.resolve(name),
                        "--etcd",
                        String.join(",", cluster.endpoints()),
                        "--listen",
                        "unix://" + folder.resolve(name + ".sock")),
                Clock.systemUTC());
    }

    private static String engine(RemoteImageStores daemon) {
        return CatalogGrpc.newBlockingStub(daemon.channel())
                .describe(DescribeRequest.getDefaultInstance())
                .getEngine();
    }

    /** Kills a member amid the calls. A client ends when it is told that a daemon is unavailable, or after enough calls of all. */
    private List<Call<Map<String, Content>>> round(
            List<RecordingClient> clients, ExecutorService threads, EtcdCluster.Member victim) throws Exception {
        CountDownLatch some = new CountDownLatch(CALLS / 2);
        CountDownLatch enough = new CountDownLatch(CALLS);
        AtomicBoolean stop = new AtomicBoolean();
        List<Future<List<Call<Map<String, Content>>>>> histories = new ArrayList<>();
        for (int number = 0; number < clients.size(); number++) {
            RecordingClient client = clients.get(number);
            ImageStore store = until(stop, daemons.get(number % daemons.size()).namespace("history"));
            histories.add(threads.submit(() -> client.callUntilUnavailable(store, () -> {
                some.countDown();
                enough.countDown();
            })));
        }
        assertTrue(some.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "the clients make no progress");
        victim.kill();
        for (RemoteImageStores daemon : daemons) {
            awaitWrites(daemon.namespace("probe"));
        }
        enough.await(10, TimeUnit.SECONDS); // all clients may have ended
        stop.set(true);
        List<Call<Map<String, Content>>> all = new ArrayList<>();
        for (Future<List<Call<Map<String, Content>>>> history : histories) {
            all.addAll(history.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
        for (RemoteImageStores daemon : daemons) {
            awaitWrites(daemon.namespace("probe")); // what was on its way is done behind these
        }
        long end = System.nanoTime();
        return all.stream()
                .map(call ->
                        call.unknown() ? new Call<>(call.begin(), end, true, call.effect(), call.description()) : call)
                .toList();
    }

    /** Returns a store that is unavailable once it is told to stop. */
    private static ImageStore until(AtomicBoolean stop, ImageStore store) {
        return (ImageStore) Proxy.newProxyInstance(
                ImageStore.class.getClassLoader(), new Class<?>[] {ImageStore.class}, (self, method, arguments) -> {
                    if (stop.get()) {
                        throw new Unavailable("the round is over", null);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static void awaitWrites(ImageStore store) throws InterruptedException {
        Image probe = new Image("probe", new Descriptor("m", "sha256:" + "a".repeat(64), 1));
        for (int attempt = 0; ; attempt++) {
            try {
                if (store.list().isEmpty()) {
                    store.create(probe);
                }
                store.update(probe, UpdateMask.all());
                return;
            } catch (Unavailable e) {
                assertTrue(attempt < 300, () -> "no write is taken: " + e.getMessage());
                Thread.sleep(50);
            }
        }
    }
}
