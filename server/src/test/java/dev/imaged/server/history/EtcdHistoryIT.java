package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Change;
import dev.imaged.images.Position;
import dev.imaged.images.WatchOptions;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.etcd.EtcdCluster;
import dev.imaged.server.history.EtcdFaults.Fault;
import dev.imaged.server.history.RecordingWriter.Mark;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.xodus.Engines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many clients write and watch at two daemons; each round has one fault. What was answered to the writers and what the watches told agrees
 * with the log, which is the same on both daemons. {@code -Dimaged.etcd.history.rounds=200} is a long run.
 */
class EtcdHistoryIT {
    private static final int ROUNDS = Integer.getInteger("imaged.etcd.history.rounds", 20);
    private static final long SEED = Long.getLong("imaged.etcd.seed", 20261128);
    private static final int RECORDING_WRITERS = 12;
    private static final int SOLE_WRITERS = 4;
    private static final int MOST_WRITES_BEFORE_FAULT = 100;
    private static final int MOST_WRITES_AFTER_FAULT = 50;

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);
    private final List<ProxiedDaemon> daemons = new ArrayList<>();
    private final List<RecordingWriter> recording = new ArrayList<>();
    private final List<SoleWriter> sole = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Finding> findings = new ArrayList<>();
    private int connections;
    private long hash = 1;
    private long writes;
    private long changes;

    @Test
    void nothingIsLostDoubledOrRefusedWronglyAndBothDaemonsTellTheSame(TestReporter report) throws Exception {
        try (EtcdCluster cluster = EtcdCluster.start(3);
                ProxiedDaemon one = new ProxiedDaemon(cluster, folder.resolve("one"));
                ProxiedDaemon two = new ProxiedDaemon(cluster, folder.resolve("two"));
                RecordingWatchers watchers = new RecordingWatchers(this::connect, random)) {
            daemons.addAll(List.of(one, two));
            Position start = RecordedLog.position(one.stores());
            startAll(watchers, start);
            EtcdFaults faults = new EtcdFaults(cluster, daemons, sole, random);
            LogPiece piece = new LogPiece(start, Map.of(), List.of());
            for (int round = 1; round <= ROUNDS; round++) {
                piece = round(round, faults, watchers, piece);
            }
            for (ProxiedDaemon daemon : daemons) {
                List<Change> log = RecordedLog.read(daemon.stores(), start, piece.revision());
                assertEquals(hash, RecordedLog.hash(1, log), "the log has changed");
            }
            watchers.stop();
            for (ProxiedDaemon daemon : daemons) {
                try (Database view = Engines.database(daemon.end())) {
                    assertEquals(List.of(), TestStores.problems(view));
                }
            }
            int reads = sole.stream().mapToInt(SoleWriter::reads).sum();
            report.publishEntry(ROUNDS + " rounds, " + writes + " writes, " + reads + " reads of the other daemon, "
                    + changes + " changes, " + watchers.watches() + " watches");
            assertTrue(writes > (long) ROUNDS * RECORDING_WRITERS, writes + " writes");
            assertTrue(reads > ROUNDS * SOLE_WRITERS, reads + " reads");
            assertTrue(watchers.watches() > ROUNDS + watchers.count(), watchers.watches() + " watches");
        } finally {
            threads.shutdown();
        }
    }

    private void startAll(RecordingWatchers watchers, Position start) {
        for (int number = 0; number <= RECORDING_WRITERS; number++) { // one more writes the marks
            List<String> addresses = addressesFrom(number);
            DaemonAccess both = DaemonAccess.of(() -> RemoteImageStores.connect(addresses));
            recording.add(new RecordingWriter(number, both, random.nextLong()));
        }
        for (int number = 0; number < SOLE_WRITERS; number++) {
            RemoteImageStores own = daemons.get(number % 2).stores();
            RemoteImageStores other = daemons.get((number + 1) % 2).impatient();
            sole.add(new SoleWriter(number, own, other, random.nextLong()));
        }
        watchers.startAll(start);
        for (int i = 0; i < 2; i++) { // at each daemon
            watchers.start("own and red", WatchOptions.namespaces(List.of(SoleWriter.NAMESPACE, "red")));
        }
    }

    /** Connects in turn to one daemon alone, to the other, and to each with the other in reserve. */
    private RemoteImageStores connect() {
        int number = connections++;
        return number % 4 < 2
                ? RemoteImageStores.connect(daemons.get(number % 2).address())
                : RemoteImageStores.connect(addressesFrom(number));
    }

    private List<String> addressesFrom(int number) {
        return List.of(
                daemons.get(number % 2).address(), daemons.get((number + 1) % 2).address());
    }

    private LogPiece round(int number, EtcdFaults faults, RecordingWatchers watchers, LogPiece last) throws Exception {
        Fault fault = faults.next();
        String where = "seed " + SEED + ", round " + number + ", " + fault;
        try {
            write(faults, fault);
            LogPiece piece = check(watchers, last);
            assertEquals(List.of(), findings, where);
            return piece;
        } catch (Exception | AssertionError e) {
            throw new AssertionError(where, e);
        }
    }

    /** Writes with a fault in the midst. */
    private void write(EtcdFaults faults, Fault fault) throws Exception {
        List<WritersAtWork.Writer> writers = new ArrayList<>(recording.subList(0, RECORDING_WRITERS));
        writers.addAll(sole);
        int before = 1 + random.nextInt(MOST_WRITES_BEFORE_FAULT);
        int after = random.nextInt(MOST_WRITES_AFTER_FAULT);
        try (WritersAtWork work = new WritersAtWork(threads, writers, before, after)) {
            work.awaitSome();
            faults.run(fault);
            work.stop();
        }
    }

    /** Waits until all that was written is told, and checks what was recorded. */
    private LogPiece check(RecordingWatchers watchers, LogPiece last) throws Exception {
        RecordingWriter marking = recording.get(RECORDING_WRITERS);
        marking.writeMark(daemons.get(0).stores());
        Mark mark = marking.writeMark(daemons.get(1).stores());
        List<SentWrite> sent = new ArrayList<>();
        recording.forEach(writer -> sent.addAll(writer.takeWrites()));
        sole.forEach(writer -> {
            sent.addAll(writer.takeWrites());
            findings.addAll(writer.takeFindings());
        });
        long end = mark.last(null);
        LogPiece piece = last.next(RecordedLog.read(daemons.get(0).stores(), last.end(), end));
        assertEquals(
                piece.changes(),
                RecordedLog.read(daemons.get(1).stores(), last.end(), end),
                "the logs of the daemons differ");
        findings.addAll(LogChecker.checkOfSeveral(piece));
        findings.addAll(WriteChecker.check(sent, piece));
        findings.addAll(watchers.check(mark, piece));
        writes += sent.size();
        changes += piece.changes().size();
        hash = RecordedLog.hash(hash, piece.changes());
        return piece;
    }
}
