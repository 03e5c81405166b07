package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.maintenance.BackupSink;
import dev.imaged.server.store.TestStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a restore leaves that is killed at any step is told from a folder of somebody else, and from one that is damaged. */
class HalfRestoredTest {
    @TempDir
    Path folder;

    private DatabaseFolder database() {
        return new DatabaseFolder(folder, TestStores.CONTENTS);
    }

    private void assertHalfRestored() throws IOException {
        long files = count();
        String expected = "data folder " + folder
                + " holds a restore or a backup that did not finish; delete what is in the folder, and start it again";
        for (FailedPrecondition refused : new FailedPrecondition[] {
            assertThrows(FailedPrecondition.class, () -> Engines.database(folder)),
            assertThrows(FailedPrecondition.class, () -> database().isWritable()),
            assertThrows(FailedPrecondition.class, () -> database().requireNew()),
            assertThrows(FailedPrecondition.class, () -> database().restore())
        }) {
            assertEquals(expected, refused.getMessage().replace(": failed precondition", ""));
        }
        assertEquals(files, count());
    }

    private long count() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.count();
        }
    }

    @Test
    void aRestoreThatWasKilledInTheMidstOfTheFiles() throws IOException {
        BackupSink sink = database().restore();
        sink.file(new BackupSink.BackupFile("00000000000.xd", 10));
        assertHalfRestored();
    }

    @Test
    void aRestoreIntoAFolderThatWasThereThatWasKilledBeforeItWasMovedUp() throws IOException {
        Files.createDirectory(folder.resolve("imaged.partial-0123"));
        assertHalfRestored();
    }

    @Test
    void aRestoreThatWasKilledBehindTheMarkerIsWhole() throws IOException {
        Engines.database(folder).close();
        Path unfinished = Files.createFile(folder.resolve("imaged.restoring"));
        assertTrue(database().isWritable());
        Engines.database(folder).close();
        assertFalse(Files.exists(unfinished));
    }
}
