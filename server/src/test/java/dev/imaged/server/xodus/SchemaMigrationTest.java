package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.store.StoreContents;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.migration.Migration;
import dev.imaged.server.store.migration.MigrationStep;
import dev.imaged.server.store.migration.Schema1To2;
import dev.imaged.server.store.migration.Schema2To3;
import dev.imaged.server.store.migration.StoreLines;
import dev.imaged.server.store.record.Keys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import jetbrains.exodus.ArrayByteIterable;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.StoreConfig;
import jetbrains.exodus.io.DataWriter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder that a daemon of schema 1 left when it was killed, and a migration that ends at any moment. */
class SchemaMigrationTest {
    private static final int CUTS = Integer.getInteger("imaged.migration.cuts", 25);
    private static final int BATCH = 16;

    @TempDir
    Path temp;

    private Path folder;
    private List<String> expected;

    @BeforeEach
    void unzip() throws IOException {
        folder = temp.resolve("folder");
        StoredFolder.unzip("schema-1.zip", folder);
        expected = StoredFolder.lines("schema-1.txt");
    }

    @Test
    void aStartMigratesTheFolderAndKeepsImagesTimesRevisionsChangesAndHistory() throws IOException {
        try (XodusDatabase database = Engines.database(folder)) {
            assertMigrated(database);
        }
        assertEquals("3\n", marker(folder));
        try (Environment environment =
                Environments.newInstance(folder.resolve("xodus").toFile())) {
            assertEquals(
                    TestStores.CONTENTS.tables().stream()
                            .map(Table::name)
                            .sorted()
                            .toList(),
                    environment.computeInReadonlyTransaction(environment::getAllStoreNames).stream()
                            .sorted()
                            .toList());
        }
    }

    @Test
    void aStopBeforeAnyBatchLeavesAFolderThatTheNextStartMigrates() throws IOException {
        SavedFolder whole = SavedFolder.of(folder);
        int batches = batches();
        assertTrue(batches > 5, () -> batches + " batches");
        for (int done = 0; done < batches; done++) {
            whole.writeTo(folder);
            Contents stopping = contents(new Stopping(done, new IllegalStateException("stopped")));
            FailedPrecondition stopped =
                    assertThrows(FailedPrecondition.class, () -> open(folder, stopping, UnaryOperator.identity()));
            assertTrue(stopped.getMessage().contains("is not migrated to schema 3 yet"), stopped.getMessage());
            assertEquals(done == 0 ? "1\n" : "2\n", marker(folder));
            assertReadOnlyIsRefused();

            try (XodusDatabase database = open(folder, contents(new Schema1To2(BATCH)), UnaryOperator.identity())) {
                assertMigrated(database);
            }
        }
    }

    @Test
    void aPowerCutAtAnyMomentLeavesAFolderThatTheNextStartMigrates() throws IOException {
        RecordedDisk disk = new RecordedDisk(folder.resolve("xodus"));
        open(folder, contents(new Schema1To2(BATCH)), disk::recording).close();
        Random seeds = new Random();
        for (int i = 0; i < CUTS; i++) {
            long seed = seeds.nextLong();
            Path cut = temp.resolve("cut");
            Files.createDirectories(cut.resolve("xodus"));
            Random random = new Random(seed);
            disk.cut(random.nextInt(disk.size() + 1), random, cut.resolve("xodus"));
            // The marker is written after the first batch, and both orders have to do.
            Files.writeString(cut.resolve("imaged.schema"), random.nextBoolean() ? "1\n" : "2\n");
            try (XodusDatabase database = open(cut, contents(new Schema1To2(BATCH)), UnaryOperator.identity())) {
                assertMigrated(database);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
            SavedFolder.delete(cut);
        }
    }

    @Test
    void aFolderOfSchema1ThatCannotBeWrittenSaysWhatToDo() throws IOException {
        SavedFolder before = SavedFolder.of(folder);

        assertReadOnlyIsRefused();

        assertEquals(new ArrayList<>(), new ArrayList<>(SavedFolder.of(folder).differences(before)));
    }

    @Test
    void aDamagedChangeIsNamedAndTheFolderStaysOfSchema1() throws IOException {
        put("changes", 50, "damaged");

        assertDamaged("is damaged: the change of revision 50 has version 100", contents(new Schema1To2(BATCH)));
    }

    @Test
    void whatABatchFindsDamagedIsNamedAndTheFolderStaysOfSchema1() throws IOException {
        Stopping finding = new Stopping(0, new DataLoss("the change of revision 50 is damaged", null));

        assertDamaged(
                "is damaged, and cannot be migrated to schema 3: the change of revision 50 is damaged; put the file"
                        + " back, restore a backup, or copy what can be read with: imaged salvage " + folder,
                contents(finding));
    }

    private void assertDamaged(String message, Contents contents) throws IOException {
        FailedPrecondition refused =
                assertThrows(FailedPrecondition.class, () -> open(folder, contents, UnaryOperator.identity()));
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
        assertEquals("1\n", marker(folder));
    }

    @Test
    void aFileThatIsTooLargeForThisProgramIsRefusedAndNotTouched() throws IOException {
        Path file = folder.resolve("xodus/00000000000.xd");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, 9_000_000));
        SavedFolder before = SavedFolder.of(folder);

        FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> Engines.database(folder));

        assertTrue(
                refused.getMessage()
                        .contains("cannot be migrated: file 00000000000.xd has 9000000 bytes, and this program reads"
                                + " files of up to 8388608; use the imaged that wrote it"),
                refused.getMessage());
        assertEquals(new ArrayList<>(), new ArrayList<>(SavedFolder.of(folder).differences(before)));
    }

    private void assertMigrated(XodusDatabase database) {
        assertEquals(String.join("\n", expected), String.join("\n", StoreLines.of(database)));
        assertEquals(List.of(), TestStores.problems(database));
    }

    private void assertReadOnlyIsRefused() {
        DatabaseFolder database = new DatabaseFolder(folder, TestStores.CONTENTS);
        FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> database.openReadOnly(8 << 20));
        assertEquals(
                "data folder " + folder
                        + " has to be migrated from schema 1 to 3 before it can be read; imaged serve does"
                        + " that: run it where the folder, or a copy, can be written: failed precondition",
                refused.getMessage());
    }

    private int batches() {
        Stopping counting = new Stopping(Integer.MAX_VALUE, new IllegalStateException("never"));
        open(folder, contents(counting), UnaryOperator.identity()).close();
        return counting.done;
    }

    private static Contents contents(MigrationStep step) {
        return new StoreContents(new Migration(List.of(step, new Schema2To3())));
    }

    private static XodusDatabase open(Path folder, Contents contents, UnaryOperator<DataWriter> layer) {
        return XodusDatabase.open(folder, contents, 8 << 20, OpenDatabase.LOG_FILE_KIB, layer);
    }

    private static String marker(Path folder) throws IOException {
        return Files.readString(folder.resolve("imaged.schema"));
    }

    private void put(String table, long revision, String value) {
        try (Environment environment =
                Environments.newInstance(folder.resolve("xodus").toFile())) {
            environment.executeInExclusiveTransaction(transaction -> {
                Store store = environment.openStore(table, StoreConfig.USE_EXISTING, transaction);
                store.put(
                        transaction,
                        new ArrayByteIterable(Keys.revision(revision)),
                        new ArrayByteIterable(value.getBytes(StandardCharsets.UTF_8)));
            });
        }
    }

    /** Does some batches, and fails in the next. */
    private static final class Stopping implements MigrationStep {
        private final MigrationStep step = new Schema1To2(BATCH);
        private final int batches;
        private final RuntimeException failure;
        private int done;

        Stopping(int batches, RuntimeException failure) {
            this.batches = batches;
            this.failure = failure;
        }

        @Override
        public int from() {
            return step.from();
        }

        @Override
        public List<Table> formerTables() {
            return step.formerTables();
        }

        @Override
        public byte @Nullable [] advance(WriteBatch batch, byte[] position) {
            byte[] next = step.advance(batch, position);
            if (done == batches) {
                throw failure;
            }
            done++;
            return next;
        }

        @Override
        public List<String> problems(Snapshot snapshot) {
            return step.problems(snapshot);
        }
    }
}
