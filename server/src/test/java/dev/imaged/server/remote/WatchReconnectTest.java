package dev.imaged.server.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Follower;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.Position;
import dev.imaged.images.VersionedImage;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.images.WatchedChange;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ImageServer;
import dev.imaged.server.StoreFolder;
import dev.imaged.server.TestDaemon;
import dev.imaged.server.grpc.CatalogService;
import dev.imaged.server.grpc.WatchStreams;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.xodus.Engines;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a watch when its daemon restarts, is restored, or takes no more. */
class WatchReconnectTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);
    private static final WatchOptions HERE = WatchOptions.namespace("ns");

    @TempDir
    Path folder;

    private ImageServer server;
    private RemoteImageStores stores;
    private ImageStore images;

    @BeforeEach
    void start() {
        startServer();
        stores = RemoteImageStores.connect(address());
        images = stores.namespace("ns");
    }

    private String address() {
        return "unix://" + folder.resolve("s");
    }

    private void startServer() {
        server = ImageServer.start(TestDaemon.config(folder.resolve("data"), "--listen", address()), Clock.systemUTC());
    }

    @AfterEach
    void stop() {
        stores.close();
        server.close();
    }

    /** Writes past the connection of the watch, which may be waiting to connect again. */
    private void create(String name) {
        try (RemoteImageStores other = RemoteImageStores.connect(address())) {
            other.namespace("ns").create(new Image(name, TARGET));
        }
    }

    private static List<String> names(List<WatchedChange> changes) {
        return changes.stream().map(WatchedChange::name).toList();
    }

    @Test
    void aWatchGoesOnOverRestartsAndSeesEachChangeOnce() {
        try (Follower follower = new Follower(stores, HERE)) {
            follower.event();
            List<String> written = new ArrayList<>();
            List<String> seen = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                create("before " + i);
                server.close();
                startServer();
                create("after " + i);
                written.addAll(List.of("before " + i, "after " + i));
                if (i % 2 == 0) { // and sometimes it reads nothing in between
                    seen.addAll(names(follower.changes(written.size() - seen.size())));
                }
            }
            seen.addAll(names(follower.changes(written.size() - seen.size())));
            assertEquals(written, seen);
        }
    }

    @Test
    void aWatchOfAStoreThatWasRestoredIsLost() {
        try (Follower follower = new Follower(stores, HERE)) {
            follower.event();
            server.close();
            StoreFolder.beginNewLife(folder.resolve("data"));
            startServer();

            OutOfRange lost = assertThrows(OutOfRange.class, () -> follower.changes(1));
            assertEquals("OTHER_STORE", lost.reason());
        }
    }

    @Test
    void aWatchThatRestartsBeginsWithASnapshotOfTheRestoredStore() {
        images.create(new Image("a", TARGET));
        try (Follower follower = new Follower(stores, HERE.withSnapshot().restarting())) {
            assertEquals(1, follower.snapshot().size());
            server.close();
            StoreFolder.beginNewLife(folder.resolve("data"));
            startServer();
            create("b");

            List<VersionedImage> images = follower.snapshot();

            assertEquals(
                    List.of("a", "b"),
                    images.stream().map(found -> found.image().name()).toList());
            create("c");
            assertEquals(List.of("c"), names(follower.changes(1)));
        }
    }

    @Test
    void aWatchThatNeverReachedADaemonFails() {
        server.close();
        RemoteImageStores elsewhere = RemoteImageStores.connect("unix://" + folder.resolve("nobody"));

        assertThrows(Unavailable.class, elsewhere::changes);
        elsewhere.close();
    }

    @Test
    void moreWatchesThanTheDaemonTakesAreRefused() throws Exception {
        StoreEngine engine = Engines.open(folder.resolve("other"), Clock.systemUTC());
        WatchStreams two = new WatchStreams(2);
        String name = UUID.randomUUID().toString();
        Server limited = InProcessServerBuilder.forName(name)
                .addService(new CatalogService(
                                engine.catalog(),
                                engine.transactions(),
                                Runnable::run,
                                Duration.ofSeconds(30),
                                "test",
                                "xodus",
                                two)
                        .definition())
                .build()
                .start();
        try (RemoteImageStores remote = RemoteImageStores.over(
                        InProcessChannelBuilder.forName(name).build());
                Follower first = new Follower(remote, HERE)) {
            first.event();
            try (Follower second = new Follower(remote, HERE)) {
                second.event();
                ResourceExhausted refused = assertThrows(ResourceExhausted.class, () -> event(remote));
                assertEquals("TOO_MANY_WATCHES", refused.reason());
            }
            WatchEvent event = eventOnceThereIsRoom(remote);
            assertInstanceOf(WatchEvent.Progress.class, event);
        } finally {
            two.close();
            limited.shutdownNow();
            engine.close();
        }
    }

    private static WatchEvent event(RemoteImageStores remote) {
        try (Follower follower = new Follower(remote, HERE)) {
            return follower.event();
        }
    }

    /** The daemon hears of a watch that was closed a little later. */
    private static WatchEvent eventOnceThereIsRoom(RemoteImageStores remote) {
        while (true) {
            try {
                return event(remote);
            } catch (ResourceExhausted e) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void manyWatchesOfOneNamespaceAndOfManyNamesAllSeeTheirChanges() {
        List<Follower> ofAll = new ArrayList<>();
        List<Follower> ofNames = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            ofAll.add(new Follower(stores, HERE.filters(List.of("labels.k!=v"))));
            ofNames.add(new Follower(stores, HERE.filters(List.of("name==n" + i))));
        }
        ofAll.forEach(Follower::event);
        ofNames.forEach(Follower::event);
        for (int i = 0; i < 200; i++) {
            images.create(new Image("n" + i, TARGET));
        }
        Position end = null;
        for (int i = 0; i < 200; i++) {
            List<WatchedChange> all = ofAll.get(i).changes(200);
            assertEquals("n199", all.get(199).name());
            end = ofAll.get(i).position();
            assertEquals(List.of("n" + i), names(ofNames.get(i).changes(1)));
        }
        assertEquals(200, end.revision());
        ofAll.forEach(Follower::close);
        ofNames.forEach(Follower::close);
    }
}
