package dev.imaged.server.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DaemonProcess;
import dev.imaged.server.StoreFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A daemon on a file system that gets full. All reads go on, writes are refused or stored, and work again once there is room,
 * without a restart. It prints how fast writes are refused.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FullDiskIT {
    private static final int DISK_MIB = 32;
    private static final int BALLAST_BYTES = 8 * 1024 * 1024;
    private static final int READERS = 2;
    private static final int ENOUGH_READS = 500;
    private static final int ENOUGH_REFUSALS = 50;
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "1".repeat(64), 1);

    @TempDir
    Path folder;

    private final Tally tally = new Tally();

    /** What was acknowledged. */
    private final Map<String, Image> known = new TreeMap<>();

    private SmallDisk disk;
    private Path ballast;
    private DaemonProcess daemon;
    private RemoteImageStores stores;
    private ImageStore store;
    private HealthWatch health;

    @BeforeEach
    void fill() throws IOException {
        disk = SmallDisk.mount(folder.resolve("disk"), DISK_MIB);
        ballast = Files.write(disk.folder().resolve("ballast"), new byte[BALLAST_BYTES]);
        start();
        int number = 0;
        while (tally.refused() == 0) {
            create("image" + number++);
        }
        assertTrue(known.size() > 50, known.size() + " images filled the disk");
    }

    private void start() throws IOException {
        daemon = DaemonProcess.start(folder, "serve", "--data", data().toString(), "--listen", address());
        daemon.greeting();
        stores = FaultLoad.connect(address());
        store = FaultLoad.store(stores);
        health = new HealthWatch(address());
    }

    /** Does nothing to a daemon that was stopped. */
    private void stop() throws IOException {
        health.close();
        stores.close();
        daemon.kill();
    }

    @AfterEach
    void end() throws IOException {
        if (disk != null) { // there is none where the test is skipped
            stop();
            disk.close();
        }
    }

    private String address() {
        return "unix://" + folder.resolve("s");
    }

    private Path data() {
        return disk.folder().resolve("data");
    }

    @Test
    void readsGoOnWritesAreRefusedAndWorkOnceThereIsRoom() throws IOException {
        Reading reading = new Reading();
        int more = 0;
        long reads = tally.reads();
        while (tally.reads() < reads + ENOUGH_READS || tally.refused() < ENOUGH_REFUSALS) {
            create("more" + more++);
        }
        reading.stop();
        System.out.println("full disk: " + tally);
        assertEquals(0, tally.failedReads(), () -> tally.failures() + "\n" + log());
        assertRefusalsSayWhy();

        Files.delete(ballast);
        Await.until("a write works", () -> create("after"));
        health.awaitServing();
        verify();
        stop();
        start();
        verify();
        stop();
        try (Maintenance atRest = StoreFolder.open(data())) {
            assertEquals(List.of(), atRest.check().problems());
        }
        assertEquals(
                List.of(), openFiles(), "a store that was closed holds files open, so the disk cannot be unmounted");
    }

    /** What this process holds open on the disk. */
    private List<Path> openFiles() throws IOException {
        List<Path> open = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                if (Files.exists(descriptor)) { // not the one that lists them
                    open.add(Files.readSymbolicLink(descriptor));
                }
            }
        }
        open.removeIf(path -> !path.startsWith(disk.folder()));
        return open;
    }

    /** A delete may be refused for a moment, while what failed is taken back. */
    @Test
    void aDeleteIsStoredOnTheFullDiskAndWhatMakesAnImageSmallerStoredOrRefused() {
        List<String> names = List.copyOf(known.keySet());
        Await.until("a delete works on a full disk", () -> write(names.get(3), null));
        boolean stored = write(names.get(5), new Image(names.get(5), Map.of(), TARGET));
        System.out.println("full disk: a smaller image was " + (stored ? "stored" : "refused"));
        assertRefusalsSayWhy();
        verify();
    }

    @Test
    void aDaemonStartsOnAFullDiskAndReads() throws IOException {
        stop();
        start();
        verify();
    }

    private void assertRefusalsSayWhy() {
        assertEquals(Map.of(), tally.refusalsOtherThan(List.of("ResourceExhausted")), this::log);
    }

    private boolean create(String name) {
        Map<String, String> labels = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            labels.put("l" + i, "x".repeat(4000));
        }
        return write(name, new Image(name, labels, TARGET));
    }

    /** Creates, updates or, for null, deletes; says whether that was acknowledged. */
    private boolean write(String name, Image image) {
        long start = System.nanoTime();
        try {
            if (image == null) {
                store.delete(name);
                known.remove(name);
            } else if (known.containsKey(name)) {
                known.put(name, store.update(image, UpdateMask.all()));
            } else {
                known.put(name, store.create(image));
            }
            tally.acknowledged();
            return true;
        } catch (ImageException e) {
            tally.refused(e, System.nanoTime() - start);
            return false;
        }
    }

    /** All that was acknowledged is there, and nothing else. */
    private void verify() {
        Map<String, Image> found = new TreeMap<>();
        for (int digit = 0; digit < 10; digit++) { // in parts that fit into a message
            store.list(List.of("name~=" + digit + "$")).forEach(image -> found.put(image.name(), image));
        }
        store.list(List.of("name~=^after$")).forEach(image -> found.put(image.name(), image));
        assertEquals(known.keySet(), found.keySet());
        assertEquals(known, found);
    }

    private String log() {
        try {
            return daemon.log();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Clients that read all the time. */
    private final class Reading {
        private final List<Thread> threads = new ArrayList<>();
        private final List<Image> images = List.copyOf(known.values());
        private volatile boolean stopped;

        Reading() {
            for (int i = 0; i < READERS; i++) {
                Thread thread = new Thread(this::run, "reader");
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
        }

        private void run() {
            for (int i = 0; !stopped; i = (i + 1) % images.size()) {
                long start = System.nanoTime();
                try {
                    if (!images.get(i).equals(store.get(images.get(i).name()))) {
                        tally.wrong(images.get(i).name());
                    }
                    tally.read(System.nanoTime() - start);
                } catch (NotFound e) {
                    tally.wrong(String.valueOf(e.getMessage()));
                } catch (ImageException e) {
                    tally.failedRead(e);
                }
            }
        }

        void stop() {
            stopped = true;
            Await.until("readers end", () -> threads.stream().noneMatch(Thread::isAlive));
            assertEquals(List.of(), tally.wrong());
        }
    }
}
