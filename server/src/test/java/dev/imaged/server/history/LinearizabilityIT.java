package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DaemonProcess;
import dev.imaged.server.history.Operation.Content;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several clients call a daemon at once on the same few names, each on a connection of its own, while it is killed and
 * started again and again: all calls have an order in which one after the other would have had the same answers. A list
 * is one of the calls, so it is a snapshot of all names. A call that the kill left without an answer took effect before the
 * daemon was gone, or never. {@code -Dimaged.history.rounds=500} is a long run.
 */
class LinearizabilityIT {
    private static final int ROUNDS = Integer.getInteger("imaged.history.rounds", 4);
    private static final long SEED = Long.getLong("imaged.history.seed", 20260801);
    private static final int CLIENTS = 8;
    private static final int MAX_CALLS_BEFORE_KILL = 2500;
    private static final int PATIENCE_SECONDS = 60;

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);
    private final LinearizabilityChecker<Map<String, Content>> checker = new LinearizabilityChecker<>(Map.of());

    @Test
    void concurrentCallsHaveAnOrderAlsoAcrossKills() throws Exception {
        List<RecordingClient> clients = new ArrayList<>();
        for (int number = 0; number < CLIENTS; number++) {
            clients.add(new RecordingClient(number, random.nextLong()));
        }
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        int calls = 0;
        try {
            for (int round = 1; round <= ROUNDS; round++) {
                List<Call<Map<String, Content>>> history = callUntilKilled(clients, threads);
                calls += history.size();
                checker.check(history);
            }
        } catch (AssertionError e) {
            throw new AssertionError("seed " + SEED + ", calls " + calls, e);
        } finally {
            threads.shutdown();
        }
        assertTrue(calls > ROUNDS * CLIENTS * 2, calls + " calls");
    }

    /** Kills the daemon once a random number of calls has an answer, while all clients go on; none is left behind it. */
    private List<Call<Map<String, Content>>> callUntilKilled(List<RecordingClient> clients, ExecutorService threads)
            throws Exception {
        CountDownLatch enough = new CountDownLatch(1 + random.nextInt(MAX_CALLS_BEFORE_KILL));
        List<RemoteImageStores> connections = new ArrayList<>();
        List<Future<List<Call<Map<String, Content>>>>> histories = new ArrayList<>();
        try (DaemonProcess daemon = DaemonProcess.serve(folder)) {
            for (RecordingClient client : clients) {
                RemoteImageStores stores = RemoteImageStores.connect("unix://" + folder.resolve("s"));
                connections.add(stores);
                histories.add(threads.submit(
                        () -> client.callUntilUnavailable(stores.namespace("history"), enough::countDown)));
            }
            assertTrue(enough.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "the clients make no progress");
            daemon.kill();
            List<Call<Map<String, Content>>> all = new ArrayList<>();
            for (Future<List<Call<Map<String, Content>>>> history : histories) {
                all.addAll(history.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
            return all;
        } finally {
            connections.forEach(RemoteImageStores::close);
        }
    }
}
