package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a tar of any size costs to open. */
class TarHeadersTest {
    private static final long FILE_BYTES = 10L << 30;
    private static final int RECORD = 512;

    private Path temp;
    private byte[] header;

    @BeforeEach
    void makeHeader(@TempDir Path folder) throws IOException {
        temp = folder;
        Path tar = new TestTar(folder.resolve("one.tar")).file("file", "").write();
        header = Arrays.copyOf(Files.readAllBytes(tar), RECORD);
    }

    /** A tar of equal entries that is nowhere on the disk. */
    private final class EqualEntries implements ContentReader {
        private final long entryBytes;
        private final long size;
        private long read;

        EqualEntries(long entryBytes, long count) {
            this.entryBytes = entryBytes;
            this.size = entryBytes * count;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public int read(ByteBuffer target, long position) {
            if (position >= size) {
                return -1;
            }
            int offset = (int) Math.min(position % entryBytes, RECORD);
            int count = Math.min(target.remaining(), Math.max(1, RECORD - offset));
            target.put(Arrays.copyOfRange(header, offset, offset + count));
            read += count;
            return count;
        }

        @Override
        public void close() {}
    }

    @Test
    void whatLiesBetweenHeadersIsNotRead() throws IOException {
        EqualEntries tar = new EqualEntries(RECORD + FILE_BYTES, 5);
        TarHeaders headers = new TarHeaders(tar);
        for (int i = 0; i < 5; i++) {
            assertEquals("file", Objects.requireNonNull(headers.next()).getName());
            assertEquals(i * (RECORD + FILE_BYTES) + RECORD, headers.position());
            headers.skip(FILE_BYTES);
        }
        assertNull(headers.next());
        assertTrue(tar.read < 100 * RECORD, () -> tar.read + " bytes");
    }

    @Test
    void theHeadersOfAllEntriesAreBounded() throws IOException {
        TarHeaders headers = new TarHeaders(new EqualEntries(RECORD, 1 << 30));
        IOException error = assertThrows(IOException.class, () -> {
            while (headers.next() != null) {
                headers.skip(0);
            }
        });
        assertEquals("the headers of its entries have more than 268435456 bytes", error.getMessage());
    }

    @Test
    void theNameOfAnEntryIsBounded() throws IOException {
        Path tar = new TestTar(temp.resolve("long.tar"))
                .longName("n".repeat(9 << 20))
                .file("short", "")
                .write();
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> TarFiles.open(tar, UnpackLimits.DEFAULT));
        assertEquals(
                tar
                        + ": is not a tar, or is damaged: the header of an entry has more than 8388608 bytes: invalid argument",
                error.getMessage());
    }
}
