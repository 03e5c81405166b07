package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.xodus.cleaning.FileEvacuation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.OutOfDiskSpaceException;
import jetbrains.exodus.io.DataWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full or fails refuses writes and says so; reads go on, and writes do once it works again. */
@Timeout(60)
class FailingDiskTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    /** So small that a few writes leave some to be cleaned. */
    private static final long FILE_KIB = 64;

    @TempDir
    Path folder;

    private final BlockingQueue<Boolean> health = new LinkedBlockingQueue<>();
    private volatile String failing = "";
    private volatile Supplier<RuntimeException> failure = () -> new IllegalStateException("unused");
    private XodusDatabase database;
    private ImageStores stores;
    private ImageStore store;

    @BeforeEach
    void open() throws InterruptedException {
        database = Engines.database(folder, FILE_KIB, this::failing);
        StoreEngine engine = TestStores.open(database, new TestClock());
        engine.onServing(health::add);
        assertTrue(health.take());
        stores = new DecodedImageStores(engine);
        store = stores.namespace("ns");
        store.create(new Image("before", TARGET));
    }

    @AfterEach
    void close() {
        failing = "";
        stores.close();
    }

    /** A writer one method of which fails when it is told to. */
    private DataWriter failing(DataWriter files) {
        return InterceptedWriter.of(files, (method, arguments, call) -> {
            if (method.equals(failing)) {
                if (failing.equals("write")) {
                    files.write((byte[]) arguments[0], (int) arguments[1], (int) arguments[2] / 2);
                }
                throw failure.get();
            }
            return call.run();
        });
    }

    @Test
    void aFullDiskIsResourceExhaustedAndWritesGoOnWhenThereIsSpaceAgain() throws Exception {
        failure = () -> new OutOfDiskSpaceException(new IOException("No space left on device"));
        failing = "write";
        ResourceExhausted full = assertThrows(ResourceExhausted.class, () -> store.create(new Image("a", TARGET)));
        assertEquals("the write is not stored: the disk is full: No space left on device", full.getMessage());
        assertWorksAgain("a");
    }

    @Test
    void aSyncThatFailsIsUnavailableAndNothingOfItIsTakenForStored() throws Exception {
        failure = () -> new ExodusException(new IOException("Input/output error"));
        failing = "sync";
        Unavailable failed = assertThrows(Unavailable.class, () -> store.create(new Image("a", TARGET)));
        assertTrue(failed.getMessage().contains("Input/output error"), failed.getMessage());
        assertFalse(health.take());
        // While it fails, nothing is acknowledged, whatever is tried.
        for (int i = 0; i < 3; i++) {
            String name = "b" + i;
            assertThrows(ImageException.class, () -> store.create(new Image(name, TARGET)));
        }
        failing = "";
        while (!health.take()) {
            // until it serves again
        }
        store.create(new Image("after", TARGET));
        assertEquals(
                List.of("after", "before"),
                store.list().stream().map(Image::name).toList());
    }

    @Test
    void nothingIsWrittenBehindWhatAFailedCleaningLeft() throws Exception {
        for (int i = 0; i < 300; i++) {
            store.update(new Image("before", Map.of("n", i + "x".repeat(1000)), TARGET), UpdateMask.all());
        }
        failure = () -> new OutOfDiskSpaceException(new IOException("No space left on device"));
        failing = "write";
        FileEvacuation cleaning = Engines.cleanOldest(database);
        assertThrows(ExodusException.class, () -> cleaning.slice(() -> () -> false));
        failing = "";
        Image after = store.create(new Image("after", TARGET));
        assertEquals(List.of(after, store.get("before")), store.list());
        assertTrue(health.isEmpty(), "a caller was told");
        assertEquals(List.of(), TestStores.problems(database));
    }

    /** Health said that it failed, and says that it does not any more; what failed is absent, the rest is there. */
    private void assertWorksAgain(String refused) throws InterruptedException {
        assertFalse(health.take());
        while (!health.take()) {
            // until it serves again
        }
        assertEquals(TARGET, store.get("before").target());
        failing = "";
        List<String> created = new ArrayList<>(List.of("after", "before"));
        store.create(new Image("after", TARGET));
        assertEquals(created, store.list().stream().map(Image::name).toList());
        assertThrows(ImageException.NotFound.class, () -> store.get(refused));
    }
}
