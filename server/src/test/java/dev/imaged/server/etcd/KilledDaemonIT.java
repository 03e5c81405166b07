package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DaemonProcess;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.xodus.Engines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon over etcd that is killed in the midst of writes goes on from its folder. */
class KilledDaemonIT {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);
    private static final int ROUNDS = Integer.getInteger("imaged.etcd.kills", 2);
    private static final int WRITES = 50;

    @TempDir
    Path folder;

    private DaemonProcess serve(EtcdCluster cluster) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(DaemonProcess.serveArguments(folder)));
        arguments.addAll(List.of("--etcd", cluster.endpoints().get(0)));
        DaemonProcess daemon = DaemonProcess.start(folder, arguments.toArray(String[]::new));
        daemon.greeting();
        return daemon;
    }

    private RemoteImageStores connect() {
        return RemoteImageStores.connect("unix://" + folder.resolve("s"));
    }

    @Test
    void whatWasAcknowledgedIsThereAndTheHistoryGoesOn() throws Exception {
        Set<String> acknowledged = new HashSet<>();
        try (EtcdCluster cluster = EtcdCluster.start(1)) {
            for (int round = 0; round < ROUNDS; round++) {
                acknowledged.addAll(writeUntilItIsKilled(cluster, "r" + round + "-"));
            }
            try (DaemonProcess daemon = serve(cluster);
                    RemoteImageStores stores = connect()) {
                List<String> stored = new ArrayList<>();
                stores.namespace("ns").list().forEach(image -> stored.add(image.name()));
                acknowledged.removeAll(stored);
                assertEquals(Set.of(), acknowledged);
                for (String name : stored) {
                    assertEquals(
                            1,
                            stores.history("ns")
                                    .orElseThrow()
                                    .changes(name)
                                    .changes()
                                    .size(),
                            name);
                }
                daemon.terminate();
                daemon.awaitEnd();
            }
        }
        try (var database = Engines.database(folder.resolve("data"))) {
            assertEquals(List.of(), TestStores.problems(database));
        }
    }

    /** Creates images, and kills the daemon after some; returns the names that were acknowledged. */
    private Set<String> writeUntilItIsKilled(EtcdCluster cluster, String start) throws IOException {
        try (DaemonProcess daemon = serve(cluster);
                RemoteImageStores stores = connect()) {
            CompletableFuture<Void> enough = new CompletableFuture<>();
            CompletableFuture<Set<String>> written =
                    CompletableFuture.supplyAsync(() -> write(stores.namespace("ns"), start, enough));
            enough.join();
            daemon.kill();
            Set<String> names = written.join();
            assertTrue(names.size() >= WRITES, names.toString());
            return names;
        }
    }

    private static Set<String> write(ImageStore store, String start, CompletableFuture<Void> enough) {
        Set<String> names = new HashSet<>();
        try {
            for (int i = 0; ; i++) {
                store.create(new Image(start + i, TARGET));
                names.add(start + i);
                if (i == WRITES) {
                    enough.complete(null);
                }
            }
        } catch (ImageException e) {
            enough.completeExceptionally(e); // unless it was enough
            return names;
        }
    }
}
