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
import dev.imaged.server.store.write.Retention;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is not needed any more is given back to the disk, while writes go on and while nobody calls. It waits for the
 * cleaner, which takes its time: a minute or two, so it runs with {@code -Dimaged.space=true} only, as {@code .ci/run} does.
 */
@EnabledIfSystemProperty(named = "imaged.space", matches = "true")
class SpaceTest {
    private static final int NAMES = 20;
    private static final String FILLER = "x".repeat(1000);
    private static final long FILE_KIB = 64;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(180);

    /** At first none is too old, so that they are dropped by count. */
    private static final Retention RETENTION = new Retention(500, Duration.ofHours(1));

    @TempDir
    Path folder;

    private final TestClock clock = new TestClock();
    private XodusDatabase database;
    private ImageStores stores;
    private ImageStore store;
    private int updates;

    @BeforeEach
    void open() {
        database = Engines.database(folder, FILE_KIB, UnaryOperator.identity());
        stores = new DecodedImageStores(TestStores.open(database, clock, RETENTION));
        store = stores.namespace("ns");
        for (int i = 0; i < NAMES; i++) {
            store.create(image(i));
        }
    }

    @AfterEach
    void close() {
        stores.close();
    }

    private static Image image(int number) {
        return Engines.image(number, NAMES);
    }

    private void update() {
        updates++;
        store.update(image(updates), UpdateMask.all());
    }

    private long disk() {
        return database.space().diskBytes();
    }

    private long inUsePercent() {
        Space space = database.space();
        return space.liveBytes() * 100 / space.diskBytes();
    }

    private long changes() {
        return TestStores.changes(database);
    }

    @Test
    void filesAreDeletedWhileWritesGoOnAndOldChangesAndTheirFilesWhileNobodyCalls() throws Exception {
        until("files are deleted under load", new BooleanSupplier() {
            private long largest;

            @Override
            public boolean getAsBoolean() {
                update();
                long now = disk();
                largest = Math.max(largest, now);
                return now < largest - 2 * FILE_KIB * 1024 && now < updates * (long) FILLER.length();
            }
        });
        assertTrue(changes() <= RETENTION.maxChanges() + 16, () -> changes() + " changes");

        until("files hold little else than what is in use while idle", () -> paused(inUsePercent() >= 85));

        long busy = disk();
        clock.advance(Duration.ofHours(2));
        until("old changes are dropped while idle", () -> paused(changes() == 1));
        until("their files are deleted while idle", () -> paused(disk() < busy / 2));
        assertEquals(List.of(), TestStores.problems(database));
        assertEquals(NAMES, store.list().size());
    }

    /** Does not keep the database busy with questions. */
    private static boolean paused(boolean done) {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return done;
    }

    private void until(String what, BooleanSupplier condition) {
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(
                    System.nanoTime() - begin < PATIENCE_NANOS,
                    () -> what + ": not yet, with " + disk() + " bytes, " + changes() + " changes, " + updates
                            + " updates");
        }
    }
}
