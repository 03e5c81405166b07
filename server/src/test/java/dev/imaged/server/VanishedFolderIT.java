package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A daemon whose data folder goes while it serves: it makes nothing in its place, and serves again once it is back. */
@Timeout(60)
class VanishedFolderIT {
    private static final int FIRST_WRITES = 50;
    private static final int TOO_MANY_WRITES = 5000;

    @TempDir
    Path folder;

    private final Map<String, Image> acknowledged = new TreeMap<>();
    private int writes;

    /** What happens to files. */
    private interface Change {
        void run() throws IOException;
    }

    @Test
    void aDataFolderThatIsMovedIsNotMadeAnewAndIsServedOnceItIsBack() throws IOException {
        Path data = folder.resolve("data");
        Path away = folder.resolve("away");
        isNotServedUntilBack(
                () -> Files.move(data, away),
                () -> assertFalse(Files.exists(data), "it was made anew"),
                () -> Files.move(away, data));
    }

    @Test
    void aStoreOfAnotherDaemonInPlaceOfTheDataFolderIsNotServed() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        try (DaemonProcess daemon = DaemonProcess.serve(other);
                RemoteImageStores stores = connect(other)) {
            stores.namespace("default").create(image("of another daemon"));
            daemon.terminate();
            assertEquals(0, daemon.awaitEnd().code());
        }
        Path data = folder.resolve("data");
        Path away = folder.resolve("away");
        isNotServedUntilBack(
                () -> {
                    Files.move(data, away);
                    Files.move(other.resolve("data"), data);
                },
                () -> {},
                () -> {
                    Files.move(data, other.resolve("data"));
                    Files.move(away, data);
                });
    }

    private static RemoteImageStores connect(Path folder) {
        return RemoteImageStores.connect("unix://" + folder.resolve("s"));
    }

    private static Image image(String name) {
        return new Image(name, new Descriptor("m", "sha256:" + "a".repeat(64), 1));
    }

    /** @param nothingIsMade what has to hold while it is gone */
    private void isNotServedUntilBack(Change vanish, Change nothingIsMade, Change back) throws IOException {
        try (DaemonProcess daemon = DaemonProcess.serve(folder);
                RemoteImageStores stores = connect(folder);
                RawClient health = new RawClient("unix://" + folder.resolve("s"))) {
            ImageStore store = stores.namespace("default");
            for (int i = 0; i < FIRST_WRITES; i++) {
                write(store);
            }
            assertEquals(ServingStatus.SERVING, status(health));

            vanish.run();
            writeUntilUnavailable(store);
            await(health, ServingStatus.NOT_SERVING);
            while (daemon.log()
                    .lines()
                    .noneMatch(line -> !line.contains(" INFO ")
                            && line.contains(folder.resolve("data").toString()))) {
                Thread.onSpinWait();
            }
            verifyReads(store);
            nothingIsMade.run();

            back.run();
            await(health, ServingStatus.SERVING);
            isAllThere(store);
            write(store);
            daemon.terminate();
            assertEquals(0, daemon.awaitEnd().code());
        }
        try (DaemonProcess daemon = DaemonProcess.serve(folder);
                RemoteImageStores stores = connect(folder)) {
            isAllThere(stores.namespace("default"));
            assertTrue(daemon.isAlive());
        }
    }

    private void write(ImageStore store) {
        writes++;
        Image stored = store.create(image("n" + writes));
        acknowledged.put(stored.name(), stored);
    }

    private void writeUntilUnavailable(ImageStore store) {
        int last = writes + TOO_MANY_WRITES;
        try {
            while (writes < last) {
                write(store);
            }
        } catch (Unavailable e) {
            return;
        }
        fail(TOO_MANY_WRITES + " writes were acknowledged");
    }

    private static void await(RawClient client, ServingStatus status) {
        while (status(client) != status) {
            Thread.onSpinWait();
        }
    }

    private static ServingStatus status(RawClient client) {
        return client.callFullName(
                        "grpc.health.v1.Health/Check",
                        CallOptions.DEFAULT,
                        new Metadata(),
                        HealthCheckRequest.getDefaultInstance().toByteArray())
                .requireOk(HealthCheckResponse.parser())
                .getStatus();
    }

    /** What is read is right, or not read; NotFound would be neither. */
    private void verifyReads(ImageStore store) {
        for (Image image : acknowledged.values()) {
            try {
                assertEquals(image, store.get(image.name()));
            } catch (Unavailable e) {
                // as all may be
            }
        }
        try {
            assertTrue(store.list().containsAll(acknowledged.values()));
        } catch (Unavailable e) {
            // as all may be
        }
        try {
            store.get("of another daemon");
            fail("an image of another daemon was served");
        } catch (NotFound | Unavailable e) {
            // as it has to be
        }
    }

    /** The one write without an acknowledgement may be there or not. */
    private void isAllThere(ImageStore store) {
        List<Image> found = store.list();
        assertTrue(found.containsAll(acknowledged.values()));
        assertTrue(found.size() <= acknowledged.size() + 1, found::toString);
    }
}
