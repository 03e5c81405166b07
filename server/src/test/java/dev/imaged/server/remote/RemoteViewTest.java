package dev.imaged.server.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageView;
import dev.imaged.images.Position;
import dev.imaged.images.TestClock;
import dev.imaged.images.TestListener;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.ViewChange;
import dev.imaged.images.WatchOptions;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ImageServer;
import dev.imaged.server.StoreFolder;
import dev.imaged.server.TestDaemon;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a view when its daemon goes away and comes back, as it was or as another. */
@Timeout(120)
class RemoteViewTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    /** So short that a view notices soon that it hears nothing. */
    private static final WatchOptions HERE = WatchOptions.namespace("ns").progressInterval(Duration.ofSeconds(1));

    @TempDir
    Path folder;

    private final TestClock clock = new TestClock();

    private ImageServer server;
    private RemoteImageStores stores;
    private ImageView view;
    private TestListener listener;

    @BeforeEach
    void start() {
        startServer("--keep-changes", "10");
        stores = RemoteImageStores.connect(address());
        for (String name : List.of("a", "b", "c")) {
            stores.namespace("ns").create(new Image(name, TARGET));
        }
        view = ImageView.open(stores, HERE, clock);
        view.awaitLive(Duration.ofSeconds(60));
        listener = new TestListener(view);
    }

    private String address() {
        return "unix://" + folder.resolve("s");
    }

    private void startServer(String... flags) {
        String[] all = new String[flags.length + 2];
        all[0] = "--listen";
        all[1] = address();
        System.arraycopy(flags, 0, all, 2, flags.length);
        server = ImageServer.start(TestDaemon.config(folder.resolve("data"), all), Clock.systemUTC());
    }

    @AfterEach
    void stop() {
        view.close();
        stores.close();
        server.close();
    }

    /** Writes past the connection of the view, which may be waiting to connect again. */
    private void write(Consumer<ImageStore> body) {
        try (RemoteImageStores other = RemoteImageStores.connect(address())) {
            body.accept(other.namespace("ns"));
        }
    }

    /** Writes past the view: it has the daemon on another socket, which the view does not know. */
    private void writeElsewhere(Consumer<ImageStore> body) {
        String elsewhere = "unix://" + folder.resolve("t");
        ImageServer hidden = ImageServer.start(
                TestDaemon.config(folder.resolve("data"), "--listen", elsewhere, "--keep-changes", "10"),
                Clock.systemUTC());
        try (RemoteImageStores other = RemoteImageStores.connect(elsewhere)) {
            body.accept(other.namespace("ns"));
        } finally {
            hidden.close();
        }
    }

    private void assertSameAsStore() {
        write(images -> {
            assertEquals(
                    images.list(),
                    view.images().list().stream().map(found -> found.image()).toList());
        });
    }

    /** Lets so much time pass that the view misses its daemon, again if a last message was still on its way. */
    private void assertBehindWithoutDaemon() {
        do {
            clock.advance(Duration.ofHours(1));
        } while (view.state() == ImageView.State.LIVE);
        assertEquals(ImageView.State.BEHIND, view.state());
    }

    @Test
    void aViewIsBehindWhileItsDaemonIsAwayAndLiveAgainWithAllThatHappened() {
        server.close();
        assertBehindWithoutDaemon();
        assertEquals(3, view.size());

        startServer();
        write(images -> {
            images.delete("a");
            images.create(new Image("d", TARGET));
        });

        List<ViewChange> changes = listener.changes(2);
        assertEquals(List.of("DELETE a", "CREATE d"), TestListener.texts(changes));
        assertEquals("a", changes.get(0).before().image().name());
        view.awaitLive(Duration.ofSeconds(60));
        assertSameAsStore();
    }

    @Test
    void whatWasDeletedInALogThatWasCutIsFoundByComparison() {
        server.close();
        writeElsewhere(images -> {
            images.delete("a");
            images.update(new Image("b", Map.of("k", "v"), TARGET), UpdateMask.all());
            for (int i = 0; i < 300; i++) {
                images.update(new Image("c", Map.of("i", "" + i), TARGET), UpdateMask.all());
            }
        });
        startServer("--keep-changes", "10");

        List<ViewChange> changes = listener.changes(3);
        assertEquals(List.of("DELETE a", "UPDATE b", "UPDATE c"), TestListener.texts(changes));
        for (ViewChange change : changes) {
            assertNull(change.told());
        }
        assertEquals("a", changes.get(0).before().image().name());
        assertSameAsStore();
    }

    @Test
    void aRestoreIsAnotherLifeAndWhatItTookAwayIsTold() {
        Position before = view.position();
        server.close();
        writeElsewhere(images -> images.delete("b"));
        StoreFolder.beginNewLife(folder.resolve("data"));
        startServer();

        List<ViewChange> changes = listener.changes(1);
        assertEquals(List.of("DELETE b"), TestListener.texts(changes));
        assertNull(changes.get(0).told());
        assertEquals(false, before.store().equals(view.position().store()));
        write(images -> images.create(new Image("d", TARGET)));
        assertEquals(List.of("CREATE d"), TestListener.texts(listener.changes(1)));
        assertSameAsStore();
    }

    @Test
    void aViewGoesOnOverManyRestarts() {
        for (int i = 0; i < 4; i++) {
            String name = "n" + i;
            server.close();
            startServer();
            write(images -> {
                images.create(new Image(name, TARGET));
                images.delete(name);
            });
            assertEquals(List.of("CREATE " + name, "DELETE " + name), TestListener.texts(listener.changes(2)));
        }
        assertSameAsStore();
    }
}
