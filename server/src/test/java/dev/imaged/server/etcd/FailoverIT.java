package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Apply;
import dev.imaged.images.Image;
import dev.imaged.images.ListOptions;
import dev.imaged.images.Listing;
import dev.imaged.images.Operation;
import dev.imaged.images.VersionedImage;
import dev.imaged.images.Watch;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.images.WatchedChange;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DaemonProcess;
import dev.imaged.server.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** What a client of two daemons sees when the one that it uses dies, or stands still. */
class FailoverIT {
    private static final int READERS = 8;
    private static final int WRITERS = 4;
    private static final int WATCHERS = 2;

    /** How much each thread does between two failures. */
    private static final int STEPS = 20;

    /** Much more than a client needs, because the machine of a test may be busy. */
    private static final Duration MOST_WAIT = Duration.ofSeconds(10);

    private static final long PATIENCE_SECONDS = 60;
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    @TempDir
    Path folder;

    private EtcdCluster cluster;
    private EtcdConfig config;
    private final List<DaemonProcess> daemons = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile boolean isDone;

    /** The names of images whose creation was acknowledged. */
    private final List<String> acknowledged = new CopyOnWriteArrayList<>();

    /** How many calls each thread has made. */
    private final List<AtomicLong> steps = new CopyOnWriteArrayList<>();

    private final AtomicLong longest = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();

    @BeforeEach
    void start() throws Exception {
        cluster = EtcdCluster.start(1);
        config = cluster.newStore();
        daemons.add(serve(0));
        daemons.add(serve(1));
    }

    private DaemonProcess serve(int index) throws IOException {
        Path own = Files.createDirectories(folder.resolve("daemon" + index));
        DaemonProcess daemon = DaemonProcess.start(
                own,
                "serve",
                "--data",
                own.resolve("data").toString(),
                "--listen",
                address(index),
                "--etcd",
                String.join(",", cluster.endpoints()),
                "--etcd-prefix",
                config.prefix());
        daemon.greeting();
        return daemon;
    }

    private String address(int index) {
        return "unix://" + folder.resolve("s" + index);
    }

    @AfterEach
    void stop() {
        isDone = true;
        threads.shutdownNow();
        daemons.forEach(DaemonProcess::close);
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void readersWritersAndWatchersGoOnAtTheOtherDaemon(TestReporter reporter) throws Exception {
        try (RemoteImageStores stores = RemoteImageStores.connect(List.of(address(0), address(1)))) {
            stores.namespace("ns").create(new Image("first", TARGET));
            acknowledged.add("first");
            List<Watch> watches = new ArrayList<>();
            List<Future<List<String>>> watched = new ArrayList<>();
            for (int i = 0; i < WATCHERS; i++) {
                Watch watch = stores.changes().orElseThrow().watch(WatchOptions.namespace("ns"));
                watches.add(watch);
                assertTrue(watch.next() instanceof WatchEvent.Progress); // it has started
                watched.add(threads.submit(() -> follow(watch)));
            }
            List<Future<?>> callers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                callers.add(threads.submit(
                        i == 0 ? writer(i, name -> apply(stores, name)) : writer(i, name -> create(stores, name))));
            }
            for (int i = 0; i < READERS; i++) {
                callers.add(threads.submit(() -> read(stores)));
            }
            awaitSteps(callers);

            daemons.get(0).kill();
            awaitSteps(callers);
            reporter.publishEntry("kill: longest call, ms", String.valueOf(longest.getAndSet(0) / 1_000_000));

            daemons.set(0, serve(0));
            signal("STOP", daemons.get(1));
            awaitSteps(callers);
            reporter.publishEntry("stop: longest call, ms", String.valueOf(longest.get() / 1_000_000));

            signal("CONT", daemons.get(1));
            awaitSteps(callers);
            isDone = true;
            for (Future<?> caller : callers) {
                caller.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            reporter.publishEntry("writes acknowledged", String.valueOf(acknowledged.size()));
            reporter.publishEntry("writes of an unknown end", String.valueOf(unknown.get()));

            stores.namespace("ns").create(new Image("last", TARGET));
            List<String> stored = inOrder(stores);
            Set<String> lost = new HashSet<>(acknowledged);
            lost.removeAll(Set.copyOf(stored));
            assertEquals(Set.of(), lost);
            for (Future<List<String>> names : watched) {
                assertEquals(stored.subList(1, stored.size()), names.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
            watches.forEach(Watch::close);
        }
    }

    private static void signal(String name, DaemonProcess daemon) throws IOException {
        Peers.run("kill", "-" + name, String.valueOf(daemon.pid()));
    }

    /** Waits until each thread has made so many more calls. */
    private void awaitSteps(List<Future<?>> callers) throws Exception {
        List<Long> before = steps.stream().map(AtomicLong::get).toList();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (steps.size() < callers.size() || behind(before) > 0) {
            for (Future<?> caller : callers) {
                if (caller.isDone()) {
                    caller.get(); // why it ended
                }
            }
            assertTrue(System.nanoTime() < end, () -> behind(before) + " threads do not go on");
            Thread.sleep(10);
        }
    }

    private long behind(List<Long> before) {
        long behind = 0;
        for (int i = 0; i < steps.size(); i++) {
            behind += steps.get(i).get() < (i < before.size() ? before.get(i) : 0) + STEPS ? 1 : 0;
        }
        return behind;
    }

    private interface Write {
        void run(String name);
    }

    private Callable<Void> writer(int index, Write write) {
        return () -> {
            AtomicLong made = steps();
            for (int i = 0; !isDone; i++) {
                String name = "w" + index + "-" + i;
                timed(() -> write.run(name));
                made.incrementAndGet();
            }
            return null;
        };
    }

    private AtomicLong steps() {
        AtomicLong made = new AtomicLong();
        steps.add(made);
        return made;
    }

    private void create(RemoteImageStores stores, String name) {
        try {
            stores.namespace("ns").create(new Image(name, TARGET));
            acknowledged.add(name);
        } catch (Unavailable e) {
            unknown.incrementAndGet(); // it may be stored or not
        }
    }

    /** With a request id, a write never has an unknown end. */
    private void apply(RemoteImageStores stores, String name) {
        stores.transactions("ns").orElseThrow().apply(Apply.of(Operation.create(new Image(name, TARGET))));
        acknowledged.add(name);
    }

    /** Reads what was acknowledged, which has to be there on each daemon. */
    private Void read(RemoteImageStores stores) {
        AtomicLong made = steps();
        while (!isDone) {
            String name = acknowledged.get(acknowledged.size() - 1);
            timed(() -> assertEquals(name, stores.namespace("ns").get(name).name()));
            made.incrementAndGet();
        }
        return null;
    }

    private void timed(Runnable call) {
        long start = System.nanoTime();
        call.run();
        long took = System.nanoTime() - start;
        longest.accumulateAndGet(took, Math::max);
        assertTrue(took < MOST_WAIT.toNanos(), () -> "a call took " + took / 1_000_000 + " ms");
    }

    /** Returns the names of all images that a watch tells, up to the last one. */
    private static List<String> follow(Watch watch) {
        List<String> names = new ArrayList<>();
        while (!names.contains("last")) {
            if (watch.next() instanceof WatchEvent.Changed changed) {
                changed.changes().stream().map(WatchedChange::name).forEach(names::add);
            }
        }
        return names;
    }

    /** Returns the names of all images in the order of their commits. */
    private static List<String> inOrder(RemoteImageStores stores) {
        List<VersionedImage> images = new ArrayList<>();
        try (Listing listing = stores.pages("ns").orElseThrow().stream(ListOptions.DEFAULT)) {
            listing.forEachRemaining(images::add);
        }
        return images.stream()
                .sorted(Comparator.comparingLong(VersionedImage::revision))
                .map(one -> one.image().name())
                .toList();
    }
}
