package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.ImageStores;
import dev.imaged.server.StoreFolder;
import dev.imaged.server.remote.InProcessDaemon;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.FollowedStore;
import dev.imaged.server.store.record.Meta;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an opening does with a damaged copy of another store, and of what is not one. */
class DamagedCopyTest {
    private static final int IMAGES = 50;
    private static final UUID STORE = UUID.randomUUID();
    private static final String FIRST_FILE = "xodus/00000000000.xd";

    @TempDir
    Path folder;

    /** Ways to damage a folder. */
    private enum Damage {
        NO_LOG(at -> Files.delete(at.resolve(FIRST_FILE))),
        NO_DATABASE(at -> SavedFolder.delete(at.resolve("xodus"))),
        NOTHING_BUT_NOTES(at -> {
            SavedFolder.delete(at.resolve("xodus"));
            Files.delete(at.resolve("imaged.schema"));
        }),
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
                database.noteCopy(new FollowedStore(STORE, 1));
            }
        }
    }

    private static long revision(Path folder) {
        try (Database database = Engines.copy(folder)) {
            return TestStores.revision(database);
        }
    }

    private void requireRefusedAndUntouched() throws IOException {
        requireUntouched(FailedPrecondition.class, store -> {});
    }

    /** Opens the copy, and returns why that is refused. */
    private String requireUntouched(Class<? extends ImageException> refusal, Consumer<FollowedStore> requireThere)
            throws IOException {
        SavedFolder before = SavedFolder.of(folder);

        ImageException refused = assertThrows(refusal, () -> Engines.copy(folder, requireThere));

        List<String> changed = before.differences(SavedFolder.of(folder)).stream()
                .filter(file -> !file.equals(SavedFolder.LOCK))
                .toList();
        assertEquals(List.of(), changed);
        return String.valueOf(refused.getMessage());
    }

    private void noteDamage() {
        try (Database open = Engines.copy(folder)) {
            open.noteDamage("a page");
        }
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
        new CopyMark(UUID.randomUUID(), null, "something").write(folder);
        Damage.MIDDLE_OF_LOG.step.on(folder);
        requireRefusedAndUntouched();
    }

    @Test
    void aStoreOfWhichNotEvenTheIdCanBeReadIsNotTouched() throws IOException {
        make(false);
        new CopyMark(UUID.randomUUID(), null, "something").write(folder);
        Files.delete(folder.resolve("xodus/files"));
        Files.createDirectory(folder.resolve("xodus/files"));
        requireRefusedAndUntouched();
    }

    @Test
    void aStoreOfItsOwnIsNotNotedAsDamaged() throws IOException {
        make(false);
        try (Database open = Engines.copy(folder)) {
            assertFalse(open.noteDamage("a page"));
        }
        assertFalse(Files.exists(folder.resolve(CopyMark.NAME)));
    }

    @Test
    void aStoreThatIsMadeInTheFolderOfACopyIsNotACopy() throws IOException {
        new CopyMark(UUID.randomUUID(), null, "something").write(folder);

        StoreFolder.init(folder);

        assertFalse(Files.exists(folder.resolve(CopyMark.NAME)));
    }

    @ParameterizedTest
    @EnumSource
    void aDamagedCopyStaysWhenItsStoreIsGone(Damage damage) throws IOException {
        make(true);
        damage.step.on(folder);

        String why = requireUntouched(FailedPrecondition.class, store -> {
            assertEquals(new FollowedStore(STORE, 1), store);
            throw new FailedPrecondition("it is gone");
        });

        assertTrue(why.contains("imaged salvage"), why);
        assertTrue(why.endsWith("and then empty the folder: it is gone: failed precondition"), why);
    }

    @Test
    void aDamagedCopyStaysWhileItsStoreDoesNotAnswer() throws IOException {
        make(true);
        noteDamage();

        requireUntouched(Unavailable.class, store -> {
            throw new Unavailable("no answer", null);
        });
    }

    @Test
    void aDamagedCopyOfANewerProgramIsNotTouched() throws IOException {
        make(true);
        noteDamage();
        Files.writeString(folder.resolve("imaged.schema"), "999\n");
        requireRefusedAndUntouched();
    }

    @Test
    void aDamagedCopyBehindALinkIsNotTouched(@TempDir Path other) throws IOException {
        make(true);
        noteDamage();
        Files.move(folder.resolve("xodus"), other.resolve("xodus"));
        Files.createSymbolicLink(folder.resolve("xodus"), other.resolve("xodus"));
        requireRefusedAndUntouched();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCopyThatIsInUseIsNotTouchedWithoutItsMarker(boolean isThere) throws IOException {
        make(true);
        try (Database open = Engines.copy(folder)) {
            open.noteDamage("a page");
            Path marker = folder.resolve("imaged.schema");
            Files.delete(marker);
            if (isThere) {
                Files.createFile(marker);
            }

            FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> Engines.copy(folder));

            assertTrue(refused.getMessage().contains("is in use"), refused.getMessage());
            assertEquals(IMAGES, TestStores.revision(open));
            assertFalse(Files.exists(aside()));
        }
    }

    @Test
    void aCopyThatWasNeverWholeDoesNotReplaceTheOneThatIsKept() throws IOException {
        make(true);
        Path kept = aside().resolve("xodus/kept");
        Files.createDirectories(kept);
        try (Database open = Engines.copy(folder)) {
            open.noteCopy(null);
        }
        noteDamage();

        Consumer<FollowedStore> nobody = store -> {
            throw new Unavailable("no answer", null);
        };
        try (Database database = Engines.copy(folder, nobody)) { // nothing of it has to be read again
            assertEquals(0, TestStores.revision(database));
        }
        assertTrue(Files.exists(kept));
    }

    @Test
    void aFolderInThePlaceOfTheOneThatWasOpenedIsNotUsed(@TempDir Path parent) throws IOException {
        Path path = parent.resolve("volume");
        CopyFolder copies = new CopyFolder(path, TestStores.CONTENTS);
        copies.open(1 << 20, store -> {}).close();
        copies.open(1 << 20, store -> {}).close();
        Files.move(path, parent.resolve("unmounted"));
        Files.createDirectory(path);

        assertThrows(Unavailable.class, () -> copies.open(1 << 20, store -> {}));
        try (Stream<Path> made = Files.list(path)) {
            assertEquals(List.of(), made.toList());
        }

        Files.delete(path);
        Files.move(parent.resolve("unmounted"), path);
        copies.open(1 << 20, store -> {}).close();
    }

    @Test
    void damageIsNotNotedInAnotherFolder(@TempDir Path parent) throws IOException {
        make(true);
        try (Database open = Engines.copy(folder)) {
            Files.move(folder, parent.resolve("unmounted"));
            Files.createDirectory(folder);

            assertThrows(Unavailable.class, () -> open.noteDamage("a page"));

            try (Stream<Path> made = Files.list(folder)) {
                assertEquals(List.of(), made.toList());
            }
            Files.delete(folder);
            Files.move(parent.resolve("unmounted"), folder);
        }
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
        noteDamage();

        assertEquals(0, revision(folder));
    }

    @Test
    void theLastDamagedCopyCanBeRead() throws IOException {
        make(true);
        Files.createDirectories(aside().resolve("xodus"));
        Files.writeString(aside().resolve("xodus/older"), "x", StandardCharsets.UTF_8);
        noteDamage();

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
