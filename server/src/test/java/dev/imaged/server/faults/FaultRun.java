package dev.imaged.server.faults;

import dev.imaged.maintenance.Maintenance;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DaemonProcess;
import dev.imaged.server.StoreFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What becomes of one daemon while one kind of fault comes and goes. For one thread. */
final class FaultRun {
    private static final int WRITERS = 3;
    private static final Duration FAULT = Duration.ofSeconds(3);
    private static final double SHARE = 0.1;
    private static final int ENOUGH_FAILURES = 10;
    private static final int ENOUGH_READS = 200;
    private static final int ENOUGH_REFUSALS = 20;
    private static final int LOGGED_LINES = 60;

    /** Little cache, so that reads come to the disk, and few changes, so that files are cleaned. */
    private static final List<String> OPTIONS = List.of("--cache-mib", "2", "--keep-changes", "200");

    private static final List<String> JVM = DaemonProcess.quickStart("-XX:+UseSerialGC", "-Xmx160m");

    private final DiskFault kind;
    private final Path folder;
    private final int seed;
    private final FaultyDisk disk;
    private final Tally tally = new Tally();
    private final List<Ledger> ledgers = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private FixedImages fixed;
    private String log = "";
    private int notServing;
    private long slowestRecovery;

    FaultRun(DiskFault kind, Path folder, int seed) throws IOException {
        this.kind = kind;
        this.folder = folder;
        this.seed = seed;
        this.disk = FaultyDisk.of(folder.resolve("data"), folder);
        for (int i = 0; i < WRITERS; i++) {
            ledgers.add(new Ledger(i, seed, tally));
        }
    }

    /** The disk fails in all ways, is killed while it does, and started again. */
    void round() throws IOException {
        try (DaemonProcess daemon = serve();
                HealthWatch health = new HealthWatch(address())) {
            try (FaultLoad load = load()) {
                load.awaitWrites();
                comeAndGo(health, load);
                failUntilKilled(load);
            } catch (AssertionError e) {
                problems.add(String.valueOf(e.getMessage()));
            } finally {
                notServing += health.failures();
                daemon.kill();
                disk.heal();
                log = daemon.log();
            }
        }
        if (log.contains("Exception in thread")) {
            problems.add("a thread ended");
        }
        verify();
    }

    private String address() {
        return "unix://" + folder.resolve("s");
    }

    private DaemonProcess serve() throws IOException {
        List<String> arguments = new ArrayList<>(List.of(DaemonProcess.serveArguments(folder)));
        arguments.addAll(OPTIONS);
        DaemonProcess daemon = DaemonProcess.start(folder, JVM, disk.environment(), arguments.toArray(String[]::new));
        daemon.greeting();
        return daemon;
    }

    private FaultLoad load() {
        if (fixed == null) {
            try (RemoteImageStores stores = FaultLoad.connect(address())) {
                fixed = new FixedImages(FaultLoad.store(stores));
            }
        }
        return new FaultLoad(address(), fixed, ledgers, tally);
    }

    private void comeAndGo(HealthWatch health, FaultLoad load) {
        observe("once", health, load, () -> {
            int before = disk.failed();
            disk.failOnce(kind.fault());
            awaitFailure(before);
        });
        observe("at random", health, load, () -> {
            int before = disk.failed();
            disk.failAtRandom(kind.fault(), kind.isRare() ? 1 : SHARE, seed);
            awaitFailure(before);
            Await.within(FAULT, () -> disk.failed() >= before + ENOUGH_FAILURES);
        });
        int healthy = health.failures();
        long refused = tally.refused();
        observe("for three seconds", health, load, () -> {
            int before = disk.failed();
            disk.fail(kind.fault());
            awaitFailure(before);
            sleep(FAULT);
        });
        if (kind.refuses() && tally.refused() > refused && health.failures() == healthy) {
            problems.add("health did not say NOT_SERVING while the disk failed for three seconds");
        }
        problems.addAll(load.problems());
    }

    private void awaitFailure(int before) {
        Await.until("a call fails", () -> disk.failed() > before);
    }

    /** Lets the disk fail, then heals it and waits until the daemon works again. */
    private void observe(String how, HealthWatch health, FaultLoad load, Runnable failing) {
        long failedReads = tally.failedReads();
        failing.run();
        disk.heal();
        long start = System.nanoTime();
        try {
            load.awaitWrites();
            health.awaitServing();
        } catch (AssertionError e) {
            throw new AssertionError(how + ": " + e.getMessage(), e);
        } finally {
            noteFailedReads(how, failedReads);
        }
        slowestRecovery = Math.max(slowestRecovery, System.nanoTime() - start);
    }

    private void noteFailedReads(String how, long before) {
        if (!kind.failsReads() && tally.failedReads() > before) {
            problems.add(how + ": " + (tally.failedReads() - before) + " reads failed");
        }
    }

    private void failUntilKilled(FaultLoad load) {
        long failedReads = tally.failedReads();
        long reads = tally.reads();
        long refused = tally.refused();
        int before = disk.failed();
        disk.fail(kind.fault());
        awaitFailure(before);
        Await.until(
                "reads and refusals go on",
                () -> tally.reads() > reads + ENOUGH_READS
                        && (!kind.refuses() || tally.refused() > refused + ENOUGH_REFUSALS));
        load.stop();
        noteFailedReads("for ever", failedReads);
    }

    /** After kill -9 and a start on a disk that works, all that was acknowledged is there, and the store is sound. */
    private void verify() throws IOException {
        try (DaemonProcess daemon = serve();
                RemoteImageStores stores = FaultLoad.connect(address())) {
            fixed.verify(FaultLoad.store(stores), tally);
            ledgers.forEach(ledger -> ledger.verify(FaultLoad.store(stores)));
            daemon.kill();
        }
        try (Maintenance store = StoreFolder.open(folder.resolve("data"))) {
            problems.addAll(store.check().problems());
            if (store.stats().lastRevision() < fixed.size() + tally.writes()) {
                problems.add("there are fewer revisions than writes that were acknowledged");
            }
        }
    }

    private static void sleep(Duration time) {
        Await.within(time, () -> false);
    }

    /** What went wrong, in a line each. */
    List<String> problems() {
        List<String> all = new ArrayList<>(problems);
        all.addAll(tally.wrong());
        if (!kind.failsReads() && tally.failedReads() > 0) {
            all.add("reads failed: " + tally.failures());
        }
        tally.refusalsOtherThan(kind.refusals())
                .forEach((message, count) -> all.add(count + " writes were refused with " + message));
        return all;
    }

    /** What the daemon logged last: its last lines. */
    String log() {
        List<String> lines = log.lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LOGGED_LINES), lines.size()));
    }

    @Override
    public String toString() {
        return String.format(
                "%s: %s; %d calls failed, NOT_SERVING %d times, recovered within %d ms",
                kind, tally, disk.failed(), notServing, TimeUnit.NANOSECONDS.toMillis(slowestRecovery));
    }
}
