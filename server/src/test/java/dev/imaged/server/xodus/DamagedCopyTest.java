package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.images.ImageStores;
import dev.imaged.server.remote.InProcessDaemon;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.record.Meta;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an opening does of a damaged copy of another store, and of what is not one. */
class DamagedCopyTest {
    private static final int IMAGES = 50;
    private static final String FIRST_FILE = "xodus/00000000000.xd";

    @TempDir
    Path folder;

    /** Ways to damage a folder. */
    private enum Damage {
        NO_LOG(at -> Files.delete(at.resolve(FIRST_FILE))),
        NO_DATABASE(at -> SavedFolder.delete(at.resolve("xodus"))),
        NO_MARKER(at -> Files.delete(at.resolve("imaged.schema"))),
        EMPTY_MARKER(at -> Files.write(at.resolve("imaged.schema"), new byte[0])),
        OTHER_MARKER(at -> Files.writeString(at.resolve("imaged.schema"), "what is this")),
        CUT_LOG(at -> cut(at.resolve(FIRST_FILE), 2)),
        EMPTY_LOG(at -> cut(at.resolve(FIRST_FILE), Integer.MAX_VALUE)),
        START_OF_LOG(at -> flip(at.resolve(FIRST_FILE), 0)),
        MIDDLE_OF_LOG(at -> flip(at.resolve(FIRST_FILE), Files.size(at.resolve(FIRST_FILE)) / 2)),
        LOG_WITHOUT_NOTES(at -> {
            cut(at.resolve(FIRST_FILE), 3);
            Files.delete(at.resolve("xodus/files"));
            flip(at.resolve("imaged.synced"), 0);
            flip(at.resolve("imaged.synced"), 512);
        });

        @SuppressWarnings("ImmutableEnumChecker") // steps have no state
        private final Step step;

        Damage(Step step) {
            this.step = step;
        }
    }

    private interface Step {
        void on(Path folder) throws IOException;
    }

    private static void flip(Path file, long position) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) position] ^= 0x40;
        Files.write(file, bytes);
    }

    private static void cut(Path file, int parts) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / parts));
    }

    private void make(boolean isCopy) throws IOException {
        try (ImageStores stores = InProcessDaemon.serve(Engines.open(folder, Clock.systemUTC()))) {
            for (int i = 0; i < IMAGES; i++) {
                stores.namespace("ns").create(Engines.image(i, IMAGES));
            }
        }
        if (isCopy) {
            try (Database database = Engines.database(folder)) {
                database.write(batch -> {
                    Meta.base(batch, 1);
                    return batch;
                });
                database.noteCopy();
            }
        }
    }

    private static long revision(Path folder) {
        try (Database database = Engines.copy(folder)) {
            return TestStores.revision(database);
        }
    }

    private void requireRefusedAndUntouched() throws IOException {
        SavedFolder before = SavedFolder.of(folder);

        assertThrows(FailedPrecondition.class, () -> Engines.copy(folder));

        List<String> changed = before.differences(SavedFolder.of(folder)).stream()
                .filter(file -> !file.equals(SavedFolder.LOCK))
                .toList();
        assertEquals(List.of(), changed);
    }

    private Path aside() {
        return folder.resolve(DamagedCopy.ASIDE);
    }

    @ParameterizedTest
    @EnumSource
    void anEmptyDatabaseTakesThePlaceOfADamagedCopy(Damage damage) throws IOException {
        make(true);
        damage.step.on(folder);

        assertEquals(0, revision(folder));
        assertEquals(0, revision(folder), "opened again");
        assertFalse(Files.exists(folder.resolve(CopyMark.NAME)), "the new one is not a copy yet");
    }

    @ParameterizedTest
    @EnumSource
    void aDamagedStoreOfItsOwnIsNotTouched(Damage damage) throws IOException {
        make(false);
        damage.step.on(folder);
        requireRefusedAndUntouched();
    }

    @Test
    void aDamagedStoreInThePlaceOfACopyIsNotTouched() throws IOException {
        make(false);
        new CopyMark(UUID.randomUUID(), "something").write(folder);
        Damage.MIDDLE_OF_LOG.step.on(folder);
        requireRefusedAndUntouched();
    }

    @Test
    void aSoundCopyStays() throws IOException {
        make(true);

        assertEquals(IMAGES, revision(folder));
        assertFalse(Files.exists(aside()));
    }

    @Test
    void aCopyThatIsInUseIsNotTouched() throws IOException {
        make(true);
        try (Database open = Engines.copy(folder)) {
            open.noteDamage("a page");

            FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> Engines.copy(folder));

            assertTrue(refused.getMessage().contains("is in use"), refused.getMessage());
            assertEquals(IMAGES, TestStores.revision(open));
        }
    }

    @Test
    void aCopyThatWasNotedAsDamagedIsRemovedAtTheNextOpening() throws IOException {
        make(true);
        try (Database open = Engines.copy(folder)) {
            open.noteDamage("a page");
        }

        assertEquals(0, revision(folder));
    }

    @Test
    void theLastDamagedCopyCanBeRead() throws IOException {
        make(true);
        Files.createDirectories(aside().resolve("xodus"));
        Files.writeString(aside().resolve("xodus/older"), "x", StandardCharsets.UTF_8);
        try (Database open = Engines.copy(folder)) {
            open.noteDamage("a page");
        }

        revision(folder);

        assertFalse(Files.exists(aside().resolve("xodus/older")), "only one is kept");
        try (Database database = Engines.database(aside())) {
            assertEquals(IMAGES, TestStores.revision(database));
        }
    }

    @Test
    void aFolderWithNothingButMarkersIsEmpty() throws IOException {
        make(true);
        SavedFolder.delete(folder.resolve("xodus"));
        Files.delete(folder.resolve("imaged.synced"));

        assertEquals(0, revision(folder));
    }
}
