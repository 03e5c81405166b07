package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.images.Follower;
import dev.imaged.images.Image;
import dev.imaged.images.ListOptions;
import dev.imaged.images.PageOptions;
import dev.imaged.images.Position;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WatchOptions;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.xodus.Engines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon whose view is gone has it again from etcd. */
class WipedViewIT {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);
    private static final int IMAGES = 50;

    @TempDir
    Path folder;

    private EtcdCluster cluster;
    private EtcdConfig config;
    private List<Image> stored;
    private Position position;

    /** Has a daemon store images and end, and another one change them. */
    @BeforeEach
    void write() throws Exception {
        cluster = EtcdCluster.start(1);
        config = cluster.newStore();
        try (FollowingDaemon daemon = daemon()) {
            for (int i = 0; i < IMAGES; i++) {
                daemon.images().create(new Image("image-" + i, TARGET));
            }
            position = position(daemon);
        }
        try (FollowingDaemon other = other()) {
            other.images().update(new Image("image-0", Map.of("k", "v"), TARGET), UpdateMask.all());
            other.images().delete("image-1");
            stored = other.images().list();
        }
    }

    @AfterEach
    void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private FollowingDaemon daemon() throws IOException {
        return new FollowingDaemon(config, () -> Engines.copy(folder));
    }

    private FollowingDaemon other() throws IOException {
        return new FollowingDaemon(config, () -> new MemoryDatabase(TestStores.CONTENTS));
    }

    private static Position position(FollowingDaemon daemon) {
        return daemon.stores()
                .pages("ns")
                .orElseThrow()
                .page(PageOptions.first(ListOptions.DEFAULT))
                .position();
    }

    @Test
    void aDaemonWhoseFolderWasWipedHasAllImagesAndTellsWatchersThatChangesAreMissing() throws Exception {
        wipe();

        try (FollowingDaemon daemon = daemon();
                FollowingDaemon other = other()) {
            assertEquals(stored, daemon.images().list());
            assertEquals(position(other), position(daemon));
            try (Follower watch =
                    new Follower(daemon.stores(), WatchOptions.namespace("ns").after(position))) {
                assertEquals(
                        "REVISION_DROPPED",
                        assertThrows(OutOfRange.class, () -> watch.eventAfterProgress(event -> false))
                                .reason());
            }
            daemon.awaitHealth(true);

            Image written = daemon.images().create(new Image("image-1", TARGET));
            assertEquals(written, other.images().get("image-1"));
        }
        try (var database = Engines.database(folder)) {
            assertEquals(List.of(), TestStores.problems(database));
        }
    }

    private void wipe() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(folder)) {
                    Files.delete(file);
                }
            }
        }
    }
}
