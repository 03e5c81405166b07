package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Change;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.Position;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.Closing;
import dev.imaged.server.ImageServer;
import dev.imaged.server.TestDaemon;
import dev.imaged.server.etcd.EtcdCluster;
import dev.imaged.server.history.RecordingWriter.Mark;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two daemons over etcd, one of which has a clock that is an hour behind. */
class EtcdClocksIT {
    private static final long SEED = 20261128;
    private static final int WRITERS = 8;
    private static final int WRITES = 100;
    private static final Duration BEHIND = Duration.ofHours(1);

    @TempDir
    Path folder;

    private final TestClock clock = new TestClock();
    private final TestClock lateClock = new TestClock();
    private EtcdCluster cluster;
    private ImageServer server;
    private ImageServer lateServer;
    private RemoteImageStores stores;
    private RemoteImageStores late;

    @BeforeEach
    void start() throws Exception {
        lateClock.advance(BEHIND.negated());
        cluster = EtcdCluster.start(1);
        server = serve("one", clock);
        lateServer = serve("late", lateClock);
        stores = connect(server);
        late = connect(lateServer);
    }

    private ImageServer serve(String name, Clock its) {
        String[] flags = {"--etcd", cluster.endpoints().get(0), "--listen", "unix://" + folder.resolve(name + ".sock")};
        return ImageServer.start(TestDaemon.config(folder.resolve(name), flags), its);
    }

    private static RemoteImageStores connect(ImageServer server) {
        return RemoteImageStores.connect(server.addresses().get(0).toString());
    }

    @AfterEach
    void stop() {
        Closing.all(stores, late, server, lateServer, cluster);
    }

    private static Image image(int value) {
        return new Image(
                "a", Map.of("k", String.valueOf(value)), new Descriptor("m", "sha256:" + "a".repeat(64), 1 + value));
    }

    @Test
    void theTimesOfAnImageMoveForwardWhicheverDaemonWritesIt() {
        ImageStore ahead = stores.namespace("red");
        ImageStore behind = late.namespace("red");
        Image created = ahead.create(image(0));
        assertEquals(TestClock.START, created.createdAt());
        Instant last = created.updatedAt();
        for (int i = 1; i < 10; i++) {
            Image updated = (i % 2 == 0 ? ahead : behind).update(image(i), UpdateMask.all());
            assertEquals(created.createdAt(), updated.createdAt());
            assertTrue(updated.updatedAt().isAfter(last), updated.updatedAt() + " is not after " + last);
            last = updated.updatedAt();
        }
        ahead.delete("a");
        Image again = behind.create(image(10));
        assertTrue(again.createdAt().isAfter(last), again.createdAt() + " is not after " + last);
        assertTrue(Duration.between(TestClock.START, again.createdAt()).toSeconds() < 1, again.toString());

        lateClock.advance(BEHIND.multipliedBy(2));
        Image ended = behind.update(image(11), UpdateMask.all());
        assertEquals(TestClock.START.plus(BEHIND), ended.updatedAt());
    }

    @Test
    void bothDaemonsTellTheSameChangesInTheOrderOfTheirTimes() throws Exception {
        Random random = new Random(SEED);
        Position start = RecordedLog.position(stores);
        List<RecordingWriter> writers = new ArrayList<>();
        for (int number = 0; number < WRITERS; number++) {
            ImageServer own = number % 2 == 0 ? server : lateServer;
            writers.add(new RecordingWriter(number, DaemonAccess.of(() -> connect(own)), random.nextLong()));
        }
        ExecutorService threads = Executors.newCachedThreadPool();
        try (RecordingWatchers watchers =
                new RecordingWatchers(() -> connect(random.nextBoolean() ? server : lateServer), random)) {
            watchers.startAll(start);
            try (WritersAtWork work = new WritersAtWork(threads, writers, WRITES, WRITES)) {
                work.awaitSome();
                lateClock.advance(BEHIND.dividedBy(2)); // still behind
                work.stop();
            }

            writers.get(1).writeMark(late);
            Mark mark = writers.get(0).writeMark(stores);
            List<Change> log = RecordedLog.read(stores, start, mark.last(null));
            assertEquals(log, RecordedLog.read(late, start, mark.last(null)));
            LogPiece piece = new LogPiece(start, Map.of(), log);
            List<SentWrite> sent = new ArrayList<>();
            writers.forEach(writer -> sent.addAll(writer.takeWrites()));
            List<Finding> findings = new ArrayList<>(LogChecker.checkOfSeveral(piece));
            findings.addAll(WriteChecker.check(sent, piece));
            findings.addAll(watchers.check(mark, piece));
            assertEquals(List.of(), findings);
            watchers.stop();
        } finally {
            threads.shutdown();
        }
    }
}
