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
import dev.imaged.server.store.kv.Space;
import dev.imaged.server.store.kv.WriteActivity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogCleanerTest {
    private static final int NAMES = 200;
    private static final int UPDATES = 2000;
    private static final long FILE_KIB = 64;

    /** So few that old pages are read from their files. */
    private static final long CACHE_BYTES = 1 << 20;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(180);

    @TempDir
    Path folder;

    private XodusDatabase database;
    private ImageStores stores;
    private ImageStore store;

    @BeforeEach
    void fill() {
        open();
        for (int i = 0; i < NAMES; i++) {
            store.create(image(i));
        }
        for (int i = NAMES; i < NAMES + UPDATES; i++) {
            store.update(image(i), UpdateMask.all());
        }
    }

    private void open() {
        database = XodusDatabase.open(folder, TestStores.CONTENTS, CACHE_BYTES, FILE_KIB, UnaryOperator.identity());
        stores = new DecodedImageStores(TestStores.open(database, new TestClock()));
        store = stores.namespace("ns");
    }

    @AfterEach
    void close() {
        stores.close();
    }

    private static Image image(int number) {
        return Engines.image(number, NAMES);
    }

    @Test
    void fileAfterFileIsCleanedUntilLittleElseThanWhatIsInUseIsLeft() {
        List<Image> images = store.list();
        assertTrue(inUsePercent() < 60, () -> inUsePercent() + " percent");

        until(WriteActivity.LIGHT, () -> inUsePercent() >= 65);

        assertEquals(images, store.list());
        assertSound();
    }

    @Test
    void aDamagedFileStaysAndTheOthersAreCleaned() throws IOException {
        close();
        Path damaged = oldest();
        byte[] bytes = Files.readAllBytes(damaged);
        bytes[bytes.length / 2]++;
        Files.write(damaged, bytes);
        open();

        until(WriteActivity.LIGHT, () -> inUsePercent() >= 65);

        assertTrue(Files.exists(damaged));
        assertEquals(NAMES, store.list().size());
    }

    @Test
    void filesAreCleanedUnderALoadToo() {
        until(WriteActivity.BUSY, () -> inUsePercent() >= 33);

        assertTrue(inUsePercent() < 60, () -> inUsePercent() + " percent");
    }

    private void assertSound() {
        assertEquals(List.of(), TestStores.problems(database));
    }

    private Path oldest() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("xodus"))) {
            return files.filter(file -> file.toString().endsWith(".xd"))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    private long inUsePercent() {
        Space space = database.space();
        return space.liveBytes() * 100 / space.diskBytes();
    }

    private void until(WriteActivity activity, BooleanSupplier condition) {
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - begin < PATIENCE_NANOS, () -> database.space() + " still");
            database.tidy(activity);
            Thread.onSpinWait();
        }
    }
}
