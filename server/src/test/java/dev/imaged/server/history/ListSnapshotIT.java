package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DaemonProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One client creates, updates and deletes many names in turn, one write after the other, while others list them in
 * different ways: every list is what stood after one of the writes, no earlier than the last one that had its answer when the
 * list was asked for, no later than the last one that was sent when it was answered. {@code -Dimaged.snapshot.writes=1000000}
 * is a long run.
 */
class ListSnapshotIT {
    private static final int WRITES = Integer.getInteger("imaged.snapshot.writes", 1500);
    private static final int NAMES = 50;
    private static final int PATIENCE_SECONDS = 60 + WRITES / 20;
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    /** From memory, from an index, by a scan of some names, by a scan of all. */
    private static final List<List<String>> LISTS = List.of(
            List.of(),
            List.of("labels.write"),
            List.of("name~=^image-"),
            List.of("labels.write!=none", "annotations.x"));

    @TempDir
    Path folder;

    /** The last write that was sent. */
    private volatile int sent;

    /** The last write that was answered. */
    private volatile int answered;

    private volatile boolean failed;

    @Test
    void everyListIsWhatStoodAfterOneOfTheWrites() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Future<Integer>> readers = new ArrayList<>();
        try (DaemonProcess daemon = DaemonProcess.serve(folder);
                RemoteImageStores stores = connect()) {
            for (List<String> filters : LISTS) {
                readers.add(threads.submit(() -> readUntilAllIsWritten(filters)));
            }
            write(stores.namespace("snapshot"));
            for (Future<Integer> reader : readers) {
                int lists = reader.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                assertTrue(lists > 10, lists + " lists");
            }
            daemon.kill();
        } finally {
            failed = true;
            threads.shutdown();
        }
    }

    private RemoteImageStores connect() {
        return RemoteImageStores.connect("unix://" + folder.resolve("s"));
    }

    private void write(ImageStore store) {
        for (int write = 1; write <= WRITES && !failed; write++) {
            Image image = new Image(name(write), Map.of("write", "" + write), TARGET);
            sent = write;
            switch (kind(write)) {
                case 0 -> store.create(image);
                case 1 -> store.update(image, UpdateMask.labels());
                default -> store.delete(image.name());
            }
            answered = write;
        }
    }

    private int readUntilAllIsWritten(List<String> filters) {
        try (RemoteImageStores stores = connect()) {
            ImageStore store = stores.namespace("snapshot");
            int lists = 0;
            for (int from = 0; from < WRITES && !failed; lists++) {
                from = answered;
                Map<String, String> found = new TreeMap<>();
                store.list(filters)
                        .forEach(image -> found.put(image.name(), image.labels().get("write")));
                requireBehindOneOf(from, sent, found);
            }
            return lists;
        } catch (RuntimeException | Error e) {
            failed = true;
            throw e;
        }
    }

    private static void requireBehindOneOf(int from, int to, Map<String, String> found) {
        for (int write = from; write <= to; write++) {
            if (behind(write).equals(found)) {
                return;
            }
        }
        throw new AssertionError("a list is behind none of the writes " + from + " to " + to + ": " + found);
    }

    /** Returns the names behind a write, each with the last write to it. */
    private static Map<String, String> behind(int write) {
        Map<String, String> names = new TreeMap<>();
        for (int last = Math.max(1, write - NAMES + 1); last <= write; last++) {
            if (kind(last) < 2) {
                names.put(name(last), "" + last);
            }
        }
        return names;
    }

    private static String name(int write) {
        return "image-" + write % NAMES;
    }

    /** All names are created, then all are updated, then all are deleted, and so on. */
    private static int kind(int write) {
        return (write - 1) / NAMES % 3;
    }
}
