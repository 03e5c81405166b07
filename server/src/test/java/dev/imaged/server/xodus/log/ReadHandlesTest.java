package dev.imaged.server.xodus.log;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import jetbrains.exodus.log.LogUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadHandlesTest {
    /** The files that this process has open, on Linux. */
    private static final Path OPEN = Path.of("/proc/self/fd");

    @TempDir
    Path folder;

    private ReadHandles files;

    @BeforeEach
    void open() {
        files = new ReadHandles(folder);
    }

    @AfterEach
    void close() {
        files.close();
    }

    private Path write(long address, String text) throws IOException {
        return Files.writeString(folder.resolve(LogUtil.getLogFilename(address)), text);
    }

    private String read(long address, long position, int count) throws IOException {
        byte[] output = new byte[count + 1];
        int read = files.read(address, output, position, 1, count);
        return read < 0 ? "end" : new String(output, 1, read, US_ASCII);
    }

    @Test
    void eachFileIsReadFromAnyPosition() throws IOException {
        write(0, "first");
        write(1024, "second");
        assertEquals("irs", read(0, 1, 3));
        assertEquals("sec", read(1024, 0, 3));
        assertEquals("rst", read(0, 2, 10));
        assertEquals("end", read(0, 5, 1));
    }

    @Test
    void whatIsAppendedToAnOpenFileIsRead() throws IOException {
        Path file = write(0, "a");
        assertEquals("end", read(0, 1, 1));
        Files.writeString(file, "b", StandardOpenOption.APPEND);
        assertEquals("b", read(0, 1, 1));
    }

    @Test
    void fileThatTakesThePlaceOfAClosedOneIsRead() throws IOException {
        Path file = write(0, "old");
        assertEquals("old", read(0, 0, 3));
        Files.delete(file);
        write(0, "new");
        assertEquals("old", read(0, 0, 3));
        files.close(0);
        assertEquals("new", read(0, 0, 3));
    }

    @Test
    void filesThatAreClosedAreOpenedAgain() throws IOException {
        write(0, "first");
        assertEquals("first", read(0, 0, 5));
        files.close();
        assertEquals("first", read(0, 0, 5));
    }

    @Test
    void missingFileIsNamed() {
        NoSuchFileException error = assertThrows(NoSuchFileException.class, () -> read(2048, 0, 1));
        assertTrue(String.valueOf(error.getMessage()).contains(LogUtil.getLogFilename(2048)), error::toString);
    }

    @Test
    void interruptOfAReaderClosesNothing() throws Exception {
        write(0, "first");
        FutureTask<String> interrupted = new FutureTask<>(() -> {
            Thread.currentThread().interrupt();
            String text = read(0, 0, 5);
            assertTrue(Thread.interrupted());
            return text;
        });
        new Thread(interrupted, "interrupted reader").start();
        assertEquals("first", interrupted.get());
        assertEquals("first", read(0, 0, 5));
    }

    @Test
    void moreFilesThanAreKeptOpenAreAllRead() throws IOException {
        for (int file = 0; file < 1200; file++) {
            write(file * 1024L, "file " + file);
        }
        for (int round = 0; round < 2; round++) {
            for (int file = 0; file < 1200; file++) {
                assertEquals("file " + file, read(file * 1024L, 0, 20));
            }
        }
        assumeTrue(Files.isDirectory(OPEN));
        try (Stream<Path> open = Files.list(OPEN)) {
            assertTrue(open.filter(this::isOurs).count() <= 500);
        }
    }

    private boolean isOurs(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).startsWith(folder);
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }
}
