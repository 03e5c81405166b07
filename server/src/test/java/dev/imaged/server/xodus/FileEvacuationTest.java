package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.xodus.cleaning.FileEvacuation;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.io.RemoveBlockType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are cleaned here, and by nobody else. */
class FileEvacuationTest {
    private static final int NAMES = 200;
    private static final long FILE_KIB = 64;

    @TempDir
    Path folder;

    private XodusDatabase database;
    private ImageStores stores;
    private ImageStore store;
    private EnvironmentImpl environment;
    private FileEvacuation cleaning;

    @BeforeEach
    void fill() {
        database = Engines.database(folder, FILE_KIB, UnaryOperator.identity());
        stores = new DecodedImageStores(TestStores.open(database, new TestClock()));
        store = stores.namespace("ns");
        for (int i = 0; i < NAMES; i++) {
            store.create(image(i));
        }
        database.requireOpen().cleaner().pause();
        environment = Engines.environment(database);
        assertTrue(environment.getLog().getNumberOfFiles() > 2);
        cleaning = Engines.cleanOldest(database);
    }

    @AfterEach
    void close() {
        stores.close();
    }

    private static Image image(int number) {
        return Engines.image(number, NAMES);
    }

    @Test
    void aFileThatWasCleanedInOneSliceIsNotNeeded() {
        assertTrue(cleaning.slice(() -> () -> false));
        assertTrue(cleaning.moved() > 0);

        assertNotNeeded(store.list());
    }

    @Test
    void whatIsWrittenBetweenTheSlicesIsKept() {
        int updates = 0;
        while (!cleaning.slice(() -> () -> true)) {
            store.update(image(NAMES + updates++), UpdateMask.all());
        }
        assertTrue(updates > 20, "slices: " + updates);

        assertNotNeeded(store.list());
    }

    private void assertNotNeeded(List<Image> images) {
        database.requireOpen()
                .files()
                .allowRemoval(cleaning.file(), environment.getLog().getHighAddress());
        environment.removeFiles(new long[] {cleaning.file()}, RemoveBlockType.Delete);
        database.reopen();

        assertEquals(images, store.list());
        assertEquals(List.of(), TestStores.problems(database));
    }
}
