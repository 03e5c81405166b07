package dev.imaged.server.xodus.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import jetbrains.exodus.io.FileDataReader;
import jetbrains.exodus.io.SharedOpenFilesCache;
import jetbrains.exodus.log.LogUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file is longer than what was written while it is open and commits are small, and never otherwise. */
class LogFileWriterTest {
    private static final int FILE_BYTES = 1 << 20;
    private static final int SMALL = 1000;
    private static final int LARGE = 40_000;

    @TempDir
    Path folder;

    private LogFileWriter writer;
    private Path file;

    @BeforeEach
    void open() {
        SharedOpenFilesCache.setSize(1);
        writer = new LogFileWriter(new FileDataReader(folder.toFile()), FILE_BYTES);
        writer.openOrCreateBlock(0, 0);
        file = folder.resolve(LogUtil.getLogFilename(0));
    }

    @AfterEach
    void close() {
        writer.close();
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) 7);
        return bytes;
    }

    private void commit(int count) {
        writer.write(bytes(count), 0, count);
        writer.sync();
    }

    @Test
    void smallCommitsDoNotMakeTheFileLongerButForOneInMany() throws IOException {
        commit(SMALL);
        long allocated = Files.size(file);
        int commits = 1;
        while (Files.size(file) == allocated) {
            commit(SMALL);
            commits++;
        }

        assertTrue(commits > 100, () -> "grown after " + allocated);
        byte[] all = Files.readAllBytes(file);
        assertArrayEquals(bytes(commits * SMALL), Arrays.copyOf(all, commits * SMALL));
        for (int i = commits * SMALL; i < all.length; i++) {
            assertEquals(LogFileWriter.FILLER, all[i]);
        }
    }

    @Test
    void largeCommitsAreNotWrittenTwice() throws IOException {
        commit(LARGE);
        commit(LARGE);

        assertEquals(2 * LARGE, Files.size(file));
    }

    @Test
    void nothingIsAllocatedThatIsMoreThanAFile() throws IOException {
        commit(FILE_BYTES - 2 * SMALL);
        commit(SMALL);
        assertEquals(FILE_BYTES, Files.size(file));

        commit(SMALL);
        writer.close();
        assertArrayEquals(bytes(FILE_BYTES), Files.readAllBytes(file));
    }

    @Test
    void aFileThatIsClosedHoldsWhatWasWritten() throws IOException {
        commit(SMALL);
        writer.close();
        assertArrayEquals(bytes(SMALL), Files.readAllBytes(file));

        writer.openOrCreateBlock(0, SMALL);
        commit(SMALL);
        writer.close();
        assertArrayEquals(bytes(2 * SMALL), Files.readAllBytes(file));
    }
}
