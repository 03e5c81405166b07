package dev.imaged.server.xodus.log;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JVM of these tests lets a sync be done on an interrupted thread; one that does not is started by MainIT. */
class InterruptedSyncTest {
    @TempDir
    Path folder;

    @Test
    void aSyncIsTriedAndTheCallerIsNotInterrupted() throws Exception {
        InterruptedSync.requireDone(Files.writeString(folder.resolve("file"), "x"));
        assertFalse(Thread.interrupted());
    }

    @Test
    void whatCannotBeTriedIsRefused() {
        Path missing = folder.resolve("missing");
        FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> InterruptedSync.requireDone(missing));
        assertTrue(refused.getMessage().contains(missing.toString()), refused.getMessage());
    }
}
