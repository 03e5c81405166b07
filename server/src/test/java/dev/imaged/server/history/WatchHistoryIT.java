package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Change;
import dev.imaged.images.ListOptions;
import dev.imaged.images.PageOptions;
import dev.imaged.images.Position;
import dev.imaged.images.Watch;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.images.WatchedChange;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.history.RecordingWriter.Mark;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many write, many watch and come back after a while, and the daemon is killed and started again and again: what the watches told, and
 * what was answered to the writers, agrees with the log. {@code -Dimaged.watch.rounds=500} is a long run.
 */
class WatchHistoryIT {
    private static final int ROUNDS = Integer.getInteger("imaged.watch.rounds", 20);
    private static final long SEED = Long.getLong("imaged.watch.seed", 20261128);
    private static final int WRITERS = 16;
    private static final int MOST_WRITES_BEFORE_KILL = 400;
    private static final int MOST_WRITES_AFTER_KILL = 100;
    private static final long PATIENCE_SECONDS = 60;

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);
    private final List<RecordingWriter> writers = new ArrayList<>();
    private final List<RecordingWatcher> watchers = new ArrayList<>();
    private final List<RecordingSubscriber> subscribers = new ArrayList<>();
    private final List<RemoteImageStores> connections = new ArrayList<>();
    private final List<Future<?>> watching = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Finding> findings = new ArrayList<>();
    private long changes;
    private long hash = 1;
    private int writes;

    @Test
    void watchesTellTheLogAndTheLogIsWhatWasAnsweredAlsoAcrossKills(TestReporter report) throws Exception {
        try (DaemonLives daemon = new DaemonLives(folder);
                RemoteImageStores stores = RemoteImageStores.connect(daemon.address())) {
            Position start = position(stores);
            startAll(daemon, start);
            LogPiece piece = LogPiece.first(start.store(), List.of());
            for (int round = 1; round <= ROUNDS && findings.isEmpty(); round++) {
                piece = round(daemon, stores, piece);
            }
            assertEquals(List.of(), findings, "seed " + SEED);
            assertEquals(hash, hash(stores, start, piece.revision()), "the log has changed");
            stopAll();
        } finally {
            watchers.forEach(RecordingWatcher::stop);
            subscribers.forEach(RecordingSubscriber::stop);
            connections.forEach(RemoteImageStores::close);
            threads.shutdown();
        }
        int connected =
                watchers.stream().mapToInt(RecordingWatcher::connections).sum();
        report.publishEntry(
                ROUNDS + " kills, " + writes + " writes, " + changes + " changes, " + connected + " watches");
        assertTrue(writes > ROUNDS * WRITERS, writes + " writes");
        assertTrue(connected > ROUNDS + watchers.size(), connected + " watches");
    }

    private void startAll(DaemonLives daemon, Position start) {
        for (int number = 0; number <= WRITERS; number++) { // one more writes the marks
            writers.add(new RecordingWriter(number, daemon, random.nextLong()));
        }
        String name = "name==" + RecordingWriter.NAMES.get(0);
        String team = "labels.team==" + RecordingWriter.TEAMS.get(0);
        String digest = "target.digest==" + RecordingWriter.digest(0);
        WatchOptions all = WatchOptions.allNamespaces().progressInterval(Duration.ofSeconds(1));
        WatchOptions red = WatchOptions.namespace("red").progressInterval(Duration.ofSeconds(1));
        watch(daemon, "all", all);
        watch(daemon, "all from the start", all.after(start));
        watch(daemon, "all without before", all.withoutBefore().after(start));
        watch(daemon, "all with snapshots", all.withSnapshot());
        watch(daemon, "all in larger messages", all.maxDelay(Duration.ofMillis(50)));
        watch(daemon, "red", red);
        watch(daemon, "red with snapshots", red.withSnapshot());
        watch(
                daemon,
                "blue and red",
                WatchOptions.namespaces(List.of("blue", "red")).progressInterval(Duration.ofSeconds(1)));
        watch(daemon, "one name", red.filters(List.of(name)));
        watch(daemon, "one name everywhere", all.filters(List.of(name)).withSnapshot());
        watch(daemon, "a label", all.filters(List.of(team)));
        watch(daemon, "a label with snapshots", red.filters(List.of(team)).withSnapshot());
        watch(daemon, "a digest", all.filters(List.of(digest)).after(start));
        watch(daemon, "a digest or a name", red.filters(List.of(digest, name)).withoutBefore());
        for (int number = 1; number <= 2; number++) {
            RecordingSubscriber subscriber =
                    new RecordingSubscriber("subscriber " + number, connect(daemon), random.nextLong());
            subscribers.add(subscriber);
            watching.add(threads.submit(subscriber));
        }
    }

    private void watch(DaemonLives daemon, String name, WatchOptions options) {
        RecordingWatcher watcher = new RecordingWatcher(name, options, connect(daemon), random.nextLong());
        watchers.add(watcher);
        watching.add(threads.submit(watcher));
    }

    private RemoteImageStores connect(DaemonLives daemon) {
        RemoteImageStores stores = RemoteImageStores.connect(daemon.address());
        connections.add(stores);
        return stores;
    }

    private void stopAll() throws Exception {
        watchers.forEach(RecordingWatcher::stop);
        subscribers.forEach(RecordingSubscriber::stop);
        for (Future<?> future : watching) {
            future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Writes with a kill in the midst, waits until all that was written is told, and checks what was recorded. */
    private LogPiece round(DaemonLives daemon, RemoteImageStores stores, LogPiece last) throws Exception {
        CountDownLatch before = new CountDownLatch(1 + random.nextInt(MOST_WRITES_BEFORE_KILL));
        CountDownLatch all = new CountDownLatch((int) before.getCount() + random.nextInt(MOST_WRITES_AFTER_KILL));
        AtomicBoolean stop = new AtomicBoolean();
        List<Future<?>> writing = new ArrayList<>();
        for (RecordingWriter writer : writers.subList(0, WRITERS)) {
            writing.add(threads.submit(() -> {
                writer.write(stop::get, () -> {
                    before.countDown();
                    all.countDown();
                });
                return null;
            }));
        }
        await(before);
        daemon.restart();
        await(all);
        stop.set(true);
        for (Future<?> future : writing) {
            future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        Mark mark = markUntilSubscribersHaveIt(stores);
        List<SentWrite> sent = new ArrayList<>();
        writers.forEach(writer -> sent.addAll(writer.takeWrites()));
        long end = mark.revisions().get(mark.revisions().size() - 1);
        LogPiece piece = last.next(log(stores, at(last), end));
        findings.addAll(LogChecker.check(piece));
        findings.addAll(WriteChecker.check(sent, piece));
        for (RecordingSubscriber subscriber : subscribers) {
            findings.addAll(EventChecker.check(subscriber.name(), subscriber.takeSessions(), piece));
        }
        for (RecordingWatcher watcher : watchers) {
            findings.addAll(WatchChecker.check(watcher.name(), sessions(watcher, mark), piece));
        }
        writes += sent.size();
        changes += piece.changes().size();
        hash = hash(hash, piece.changes());
        return piece;
    }

    private static Position at(LogPiece piece) {
        return new Position(piece.start().store(), piece.revision());
    }

    private void await(CountDownLatch latch) throws Exception {
        assertTrue(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "the writers make no progress");
    }

    /** Whoever subscribes after a mark never hears of it, so there may have to be another. */
    private Mark markUntilSubscribersHaveIt(RemoteImageStores stores) throws Exception {
        String last = RecordingWriter.NAMESPACES.get(RecordingWriter.NAMESPACES.size() - 1);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (System.nanoTime() < end) {
            Mark mark = writers.get(WRITERS).writeMark(stores);
            for (int tries = 0; tries < 50; tries++) {
                if (subscribers.stream().allMatch(subscriber -> subscriber.hasReached(last, mark.id()))) {
                    return mark;
                }
                TimeUnit.MILLISECONDS.sleep(2);
            }
        }
        throw new AssertionError("the subscribers are told nothing");
    }

    /** Waits until a watcher has the mark in all of its namespaces. */
    private List<WatchSession> sessions(RecordingWatcher watcher, Mark mark) throws Exception {
        long revision = 0;
        for (int i = 0; i < RecordingWriter.NAMESPACES.size(); i++) {
            List<String> namespaces = watcher.namespaces();
            if (namespaces == null || namespaces.contains(RecordingWriter.NAMESPACES.get(i))) {
                revision = mark.revisions().get(i);
            }
        }
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

    private static Position position(RemoteImageStores stores) {
        return stores.pages("red")
                .orElseThrow()
                .page(PageOptions.first(ListOptions.DEFAULT))
                .position();
    }

    /** Returns all changes behind a position, as a watch tells them. */
    private static List<Change> log(RemoteImageStores stores, Position after, long until) {
        List<Change> log = new ArrayList<>();
        try (Watch watch = stores.changes()
                .orElseThrow()
                .watch(WatchOptions.allNamespaces().after(after))) {
            Position position = after;
            while (position.revision() < until) {
                WatchEvent event = watch.next();
                if (event instanceof WatchEvent.Changed changed) {
                    changed.changes().stream().map(WatchedChange::change).forEach(log::add);
                }
                position = event.position();
            }
        }
        return log;
    }

    private static long hash(long hash, List<Change> changes) {
        for (Change change : changes) {
            hash = 31 * hash + change.hashCode();
        }
        return hash;
    }

    /** Reads the whole log again, and returns its hash. */
    private static long hash(RemoteImageStores stores, Position start, long until) {
        long hash = 1;
        try (Watch watch = stores.changes()
                .orElseThrow()
                .watch(WatchOptions.allNamespaces().after(start))) {
            long position = start.revision();
            while (position < until) {
                WatchEvent event = watch.next();
                if (event instanceof WatchEvent.Changed changed) {
                    hash = hash(
                            hash,
                            changed.changes().stream()
                                    .map(WatchedChange::change)
                                    .toList());
                }
                position = event.position().revision();
            }
        }
        return hash;
    }
}
