package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Position;
import dev.imaged.images.WatchOptions;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.history.RecordingWriter.Mark;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Watches of all kinds, each with a connection of its own, whose events are checked against the log. For one thread. */
final class RecordingWatchers implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final Supplier<RemoteImageStores> connections;
    private final Random random;
    private final List<RemoteImageStores> connected = new ArrayList<>();
    private final List<RecordingWatcher> watchers = new ArrayList<>();
    private final List<Future<?>> watching = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** @param connections makes the connection of the next watch */
    RecordingWatchers(Supplier<RemoteImageStores> connections, Random random) {
        this.connections = connections;
        this.random = random;
    }

    /** Starts a watch of each kind of the namespaces that {@link RecordingWriter} writes. */
    void startAll(Position start) {
        String name = "name==" + RecordingWriter.NAMES.get(0);
        String team = "labels.team==" + RecordingWriter.TEAMS.get(0);
        String digest = "target.digest==" + RecordingWriter.digest(0);
        WatchOptions all = WatchOptions.allNamespaces().progressInterval(Duration.ofSeconds(1));
        WatchOptions red = WatchOptions.namespace("red").progressInterval(Duration.ofSeconds(1));
        start("all", all);
        start("all from the start", all.after(start));
        start("all without before", all.withoutBefore().after(start));
        start("all with snapshots", all.withSnapshot());
        start("all in larger messages", all.maxDelay(Duration.ofMillis(50)));
        start("red", red);
        start("red with snapshots", red.withSnapshot());
        start("blue and red", WatchOptions.namespaces(List.of("blue", "red")).progressInterval(Duration.ofSeconds(1)));
        start("one name", red.filters(List.of(name)));
        start("one name everywhere", all.filters(List.of(name)).withSnapshot());
        start("a label", all.filters(List.of(team)));
        start("a label with snapshots", red.filters(List.of(team)).withSnapshot());
        start("a digest", all.filters(List.of(digest)).after(start));
        start("a digest or a name", red.filters(List.of(digest, name)).withoutBefore());
    }

    /** Starts a watch of namespaces in each of which there is a change for it behind each mark. */
    void start(String name, WatchOptions options) {
        RemoteImageStores stores = connections.get();
        connected.add(stores);
        RecordingWatcher watcher = new RecordingWatcher(name, options, stores, random.nextLong());
        watchers.add(watcher);
        watching.add(threads.submit(watcher));
    }

    /** Waits until each has all up to a mark, and checks what it was told since the last time. */
    List<Finding> check(Mark mark, LogPiece piece) throws Exception {
        List<Finding> findings = new ArrayList<>();
        for (RecordingWatcher watcher : watchers) {
            findings.addAll(WatchChecker.check(watcher.name(), sessions(watcher, mark), piece));
        }
        return findings;
    }

    private List<WatchSession> sessions(RecordingWatcher watcher, Mark mark) throws Exception {
        long revision = mark.last(watcher.namespaces());
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        List<WatchSession> sessions = watcher.takeSessions(revision);
        while (sessions == null) {
            requireWatching();
            assertTrue(System.nanoTime() < end, watcher.name() + ": is not told revision " + revision);
            TimeUnit.MILLISECONDS.sleep(2);
            sessions = watcher.takeSessions(revision);
        }
        return sessions;
    }

    private void requireWatching() throws Exception {
        for (Future<?> future : watching) {
            if (future.isDone()) {
                future.get();
            }
        }
    }

    int count() {
        return watchers.size();
    }

    /** Returns how many watches told something. */
    int watches() {
        return watchers.stream().mapToInt(RecordingWatcher::connections).sum();
    }

    /** Ends all watches, and throws what one of them failed with. */
    void stop() throws Exception {
        watchers.forEach(RecordingWatcher::stop);
        for (Future<?> future : watching) {
            future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        watchers.forEach(RecordingWatcher::stop);
        connected.forEach(RemoteImageStores::close);
        threads.shutdown();
    }
}
