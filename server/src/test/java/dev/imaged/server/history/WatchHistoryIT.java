package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Change;
import dev.imaged.images.Position;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.history.LogPiece.Name;
import dev.imaged.server.history.RecordingWriter.Mark;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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
    private final List<RecordingSubscriber> subscribers = new ArrayList<>();
    private final List<RemoteImageStores> connections = new ArrayList<>();
    private final List<Future<?>> subscribed = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Finding> findings = new ArrayList<>();
    private long changes;
    private long hash = 1;
    private int writes;

    @Test
    void watchesTellTheLogAndTheLogIsWhatWasAnsweredAlsoAcrossKills(TestReporter report) throws Exception {
        try (DaemonLives daemon = new DaemonLives(folder);
                RemoteImageStores stores = daemon.connect();
                RecordingWatchers watchers = new RecordingWatchers(daemon::connect, random)) {
            Position start = RecordedLog.position(stores);
            startAll(daemon, watchers, start);
            LogPiece piece = LogPiece.first(start.store(), List.of());
            for (int round = 1; round <= ROUNDS && findings.isEmpty(); round++) {
                piece = round(daemon, stores, watchers, piece);
            }
            assertEquals(List.of(), findings, "seed " + SEED);
            List<Change> log = RecordedLog.read(stores, start, piece.revision());
            assertEquals(hash, RecordedLog.hash(1, log), "the log has changed");
            stopAll(watchers);
            report.publishEntry(ROUNDS + " kills, " + writes + " writes, " + changes + " changes, " + watchers.watches()
                    + " watches");
            assertTrue(writes > ROUNDS * WRITERS, writes + " writes");
            assertTrue(watchers.watches() > ROUNDS + watchers.count(), watchers.watches() + " watches");
        } finally {
            subscribers.forEach(RecordingSubscriber::stop);
            connections.forEach(RemoteImageStores::close);
            threads.shutdown();
        }
    }

    private void startAll(DaemonLives daemon, RecordingWatchers watchers, Position start) {
        for (int number = 0; number <= WRITERS; number++) { // one more writes the marks
            writers.add(new RecordingWriter(number, daemon, random.nextLong()));
        }
        watchers.startAll(start);
        for (int number = 1; number <= 2; number++) {
            RemoteImageStores stores = daemon.connect();
            connections.add(stores);
            RecordingSubscriber subscriber = new RecordingSubscriber("subscriber " + number, stores, random.nextLong());
            subscribers.add(subscriber);
            subscribed.add(threads.submit(subscriber));
        }
    }

    private void stopAll(RecordingWatchers watchers) throws Exception {
        watchers.stop();
        subscribers.forEach(RecordingSubscriber::stop);
        for (Future<?> future : subscribed) {
            future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Writes with a kill in the midst, waits until all that was written is told, and checks what was recorded. */
    private LogPiece round(DaemonLives daemon, RemoteImageStores stores, RecordingWatchers watchers, LogPiece last)
            throws Exception {
        int before = 1 + random.nextInt(MOST_WRITES_BEFORE_KILL);
        int after = random.nextInt(MOST_WRITES_AFTER_KILL);
        try (WritersAtWork work = new WritersAtWork(threads, writers.subList(0, WRITERS), before, after)) {
            work.awaitSome();
            daemon.restart();
            work.stop();
        }

        Mark mark = markUntilSubscribersHaveIt(stores);
        List<SentWrite> sent = new ArrayList<>();
        writers.forEach(writer -> sent.addAll(writer.takeWrites()));
        long end = mark.revisions().get(mark.revisions().size() - 1);
        LogPiece piece = last.next(RecordedLog.read(stores, last.end(), end));
        findings.addAll(LogChecker.check(piece));
        findings.addAll(WriteChecker.check(sent, piece));
        for (RecordingSubscriber subscriber : subscribers) {
            findings.addAll(EventChecker.check(subscriber.name(), subscriber.takeSessions(), piece));
        }
        findings.addAll(watchers.check(mark, piece));
        writes += sent.size();
        changes += piece.changes().size();
        hash = RecordedLog.hash(hash, piece.changes());
        return piece;
    }

    /** Whoever subscribes after a mark never hears of it, so there may have to be another. */
    private Mark markUntilSubscribersHaveIt(RemoteImageStores stores) throws Exception {
        Name last = RecordingWriter.LAST_OF_MARK;
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
}
