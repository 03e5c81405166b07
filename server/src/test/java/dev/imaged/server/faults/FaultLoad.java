package dev.imaged.server.faults;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.remote.RemoteMaintenance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Clients of a daemon that read and write all the time, at a steady pace, and tally what they saw. */
final class FaultLoad implements AutoCloseable {
    private static final String NAMESPACE = "faults";
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final int READERS = 2;

    private final RemoteImageStores stores;
    private final RemoteMaintenance maintenance;
    private final FixedImages fixed;
    private final Tally tally;
    private final List<Thread> threads = new ArrayList<>();
    private final List<AtomicLong> acknowledged = new ArrayList<>();
    private volatile boolean stopped;

    /**
     * Starts the clients.
     *
     * @param fixed what is there and does not change
     * @param ledgers the names that are written, each by one thread
     */
    FaultLoad(String address, FixedImages fixed, List<Ledger> ledgers, Tally tally) {
        this.stores = connect(address);
        this.maintenance = new RemoteMaintenance(connect(address));
        this.fixed = fixed;
        this.tally = tally;
        for (Ledger ledger : ledgers) {
            AtomicLong writes = new AtomicLong();
            acknowledged.add(writes);
            start("writer", () -> write(ledger, writes));
        }
        for (int i = 0; i < READERS; i++) {
            start("reader", () -> read(new Random()));
        }
        start("revisions", this::watchRevisions);
    }

    static RemoteImageStores connect(String address) {
        return RemoteImageStores.builder(address).deadline(DEADLINE).build();
    }

    /** Where all images are. */
    static ImageStore store(RemoteImageStores stores) {
        return stores.namespace(NAMESPACE);
    }

    private void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
    }

    private void write(Ledger ledger, AtomicLong writes) {
        ImageStore store = store(stores);
        while (!stopped) {
            if (ledger.write(store)) {
                writes.incrementAndGet();
            }
            rest(4);
        }
    }

    private void read(Random random) {
        ImageStore store = store(stores);
        while (!stopped) {
            int number = random.nextInt(fixed.size());
            observe(() -> {
                Image image = store.get(fixed.name(number));
                if (!image.equals(fixed.get(number))) {
                    tally.wrong(image.name() + " is not what was stored");
                }
            });
            observe(() -> {
                List<Image> group = store.list(List.of(fixed.groupFilter(number)));
                if (!group.equals(fixed.group(number))) {
                    tally.wrong("the list " + fixed.groupFilter(number) + " is not what was stored");
                }
            });
            rest(2);
        }
    }

    private void watchRevisions() {
        long[] last = new long[1];
        while (!stopped) {
            observe(() -> {
                long revision = maintenance.stats().lastRevision();
                if (revision < last[0]) {
                    tally.wrong("the revision went back from " + last[0] + " to " + revision);
                }
                last[0] = revision;
            });
            rest(20);
        }
    }

    private void observe(Runnable read) {
        long start = System.nanoTime();
        try {
            read.run();
            tally.read(System.nanoTime() - start);
        } catch (ImageException.NotFound e) {
            tally.wrong(String.valueOf(e.getMessage()));
        } catch (ImageException e) {
            tally.failedRead(e);
        }
    }

    /** Leaves some of the processor to the daemon and to other tests. */
    private static void rest(int millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until each writer has made a write that began after this call. */
    void awaitWrites() {
        long[] before = acknowledged.stream().mapToLong(AtomicLong::get).toArray();
        Await.until("writes work", () -> {
            for (int i = 0; i < before.length; i++) {
                if (acknowledged.get(i).get() < before[i] + 2) { // the first may have begun before
                    return false;
                }
            }
            return true;
        });
    }

    /** What is wrong with the store, as the daemon says. */
    List<String> problems() {
        return check(maintenance);
    }

    static List<String> check(Maintenance store) {
        return store.check().problems();
    }

    /** Waits until no client is in the midst of a call, and no other call comes. */
    void stop() {
        stopped = true;
        Await.until("clients end", () -> threads.stream().noneMatch(Thread::isAlive));
    }

    @Override
    public void close() {
        stop();
        stores.close();
        maintenance.close();
    }
}
