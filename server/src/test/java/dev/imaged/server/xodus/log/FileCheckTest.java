package dev.imaged.server.xodus.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Unavailable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jetbrains.exodus.log.LogUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCheckTest {
    private static final int PAGE_BYTES = 1024;

    @TempDir
    Path folder;

    @Test
    void aFileThatTheSystemDoesNotReadIsNotDamaged() throws Exception {
        Path log = Files.createDirectory(folder.resolve("log"));
        ChecksumFolder checksums = new ChecksumFolder(log, LogLedger.read(log).log(), PAGE_BYTES, 8 * PAGE_BYTES);
        assertEquals(List.of(), FileCheck.problems(checksums, 0));
        Path file = log.resolve(LogUtil.getLogFilename(0));
        Files.createSymbolicLink(file, file);

        Unavailable unread = assertThrows(Unavailable.class, () -> FileCheck.problems(checksums, 0));

        assertTrue(
                unread.getMessage().startsWith("file " + LogUtil.getLogFilename(0) + " cannot be read: "),
                unread.getMessage());
    }
}
