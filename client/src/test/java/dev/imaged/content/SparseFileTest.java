package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.ResourceExhausted;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sparse files of a tar, in all forms that GNU tar writes. */
class SparseFileTest {

    @TempDir
    Path temp;

    private TarFiles open(String name, UnpackLimits limits) throws IOException {
        return TarFiles.open(TestArchives.copy(name, temp), limits);
    }

    private static FileExtent find(TarFiles tar, String name) {
        FileExtent extent = tar.find(name);
        assertNotNull(extent, name);
        return extent;
    }

    private static byte[] read(TarFiles tar, String name) throws IOException {
        return find(tar, name).readDocument(name);
    }

    private static byte[] holes() {
        byte[] bytes = new byte[1 << 20];
        for (int i = 1; i <= 30; i++) {
            Arrays.fill(bytes, i << 14, (i << 14) + 512, (byte) i);
        }
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"sparse-gnu.tar", "sparse-pax-0.0.tar", "sparse-pax-0.1.tar", "sparse-pax-1.0.tar"})
    void holesAreZeros(String form) throws IOException {
        TarFiles tar = open(form, UnpackLimits.DEFAULT);
        assertArrayEquals(holes(), read(tar, "holes.bin"));
        byte[] start = Arrays.copyOf("start".getBytes(StandardCharsets.UTF_8), 300_000);
        assertArrayEquals(start, read(tar, "start.bin"));
        assertArrayEquals(new byte[100_000], read(tar, "empty.bin"));
        assertArrayEquals("plain".getBytes(StandardCharsets.UTF_8), read(tar, "plain.bin"));
    }

    @Test
    void anyPartIsRead() throws IOException {
        byte[] holes = holes();
        Random random = new Random(7);
        try (ContentReader reader = find(open("sparse-pax-1.0.tar", UnpackLimits.DEFAULT), "holes.bin")
                .open()) {
            assertEquals(holes.length, reader.size());
            for (int i = 0; i < 1000; i++) {
                int position = random.nextInt(holes.length);
                ByteBuffer part = ByteBuffer.allocate(1 + random.nextInt(40_000));
                int count = reader.read(part, position);
                assertTrue(count > 0 && count == part.position());
                assertArrayEquals(
                        Arrays.copyOfRange(holes, position, position + count), Arrays.copyOf(part.array(), count));
            }
            assertEquals(-1, reader.read(ByteBuffer.allocate(1), holes.length));
            assertThrows(IllegalArgumentException.class, () -> reader.read(ByteBuffer.allocate(1), -1));
        }
    }

    @Test
    void onlyThatWhichIsReadHasToKeepTheLimit() throws IOException {
        TarFiles tar = open("sparse-gnu.tar", new UnpackLimits(temp, 400_000, 200, "advice"));
        ResourceExhausted error = assertThrows(ResourceExhausted.class, () -> tar.find("holes.bin"));
        assertEquals(
                temp.resolve("sparse-gnu.tar")
                        + ": the sparse file \"holes.bin\": unpacks to more than 400000 bytes, the limit"
                        + " of its unpacked size; advice",
                error.getMessage());
        assertEquals(300_000, find(tar, "start.bin").size());
        assertEquals(100_000, find(tar, "empty.bin").size());
    }

    @Test
    void sparseFilesAreBoundedTogether() throws IOException {
        TarFiles tar = open("sparse-gnu.tar", new UnpackLimits(temp, (1 << 20) + 300_000, 200, ""));
        assertEquals(1 << 20, find(tar, "holes.bin").size());
        assertEquals(300_000, find(tar, "start.bin").size());
        assertThrows(ResourceExhausted.class, () -> tar.find("empty.bin"));
    }

    /** All that such files cost to write is their headers. */
    @Test
    void aHugeHoleIsRefused() throws IOException {
        Path file = temp.resolve("bomb.tar");
        try (TestTar tar = new TestTar(file)) {
            tar.file("plain", "plain")
                    .paxFile(
                            "bomb",
                            Map.of(
                                    "GNU.sparse.major", "0",
                                    "GNU.sparse.minor", "1",
                                    "GNU.sparse.name", "bomb",
                                    "GNU.sparse.size", Integer.toString(Integer.MAX_VALUE),
                                    "GNU.sparse.map", "0,5"),
                            "start");
        }
        TarFiles tar = TarFiles.open(file, UnpackLimits.DEFAULT);
        assertEquals("plain", new String(read(tar, "plain"), StandardCharsets.UTF_8));
        assertThrows(ResourceExhausted.class, () -> tar.find("bomb"));
    }

    @Test
    void aSparseFileWhoseSizeCannotBeReadIsNamedAsSparse() throws IOException {
        Path file = temp.resolve("large.tar");
        try (TestTar tar = new TestTar(file)) {
            tar.paxFile("large", Map.of("GNU.sparse.size", "3000000000", "GNU.sparse.map", "0,5"), "start");
        }
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> TarFiles.open(file, UnpackLimits.DEFAULT));
        assertTrue(
                String.valueOf(error.getMessage()).contains("; a sparse file of more than 2 GiB is not read: write"),
                error::getMessage);
    }

    /** Such a header has no room for where the holes are. */
    @Test
    void anOldFormOfStarIsNamed() throws IOException {
        Path file = temp.resolve("star.tar");
        try (TestTar tar = new TestTar(file)) {
            tar.file("sparse", "start").file("next", "next");
        }
        byte[] bytes = Files.readAllBytes(file);
        bytes[156] = 'S';
        System.arraycopy("tar".getBytes(StandardCharsets.UTF_8), 0, bytes, 508, 3);
        Files.write(file, withChecksum(bytes));
        TarFiles tar = TarFiles.open(file, UnpackLimits.DEFAULT);
        assertNull(tar.find("sparse"));
        assertEquals("next", new String(read(tar, "next"), StandardCharsets.UTF_8));
    }

    /** Mends the checksum of the first header, which counts as spaces itself. */
    private static byte[] withChecksum(byte[] bytes) {
        Arrays.fill(bytes, 148, 156, (byte) ' ');
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += bytes[i] & 0xff;
        }
        byte[] text = String.format("%06o\0 ", sum).getBytes(StandardCharsets.UTF_8);
        System.arraycopy(text, 0, bytes, 148, text.length);
        return bytes;
    }

    @Test
    void theFormOfStarIsNamed() throws IOException {
        Path file = temp.resolve("star.tar");
        try (TestTar tar = new TestTar(file)) {
            tar.paxFile("sparse", Map.of("SCHILY.filetype", "sparse", "SCHILY.realsize", "100"), "start");
        }
        TarFiles tar = TarFiles.open(file, UnpackLimits.DEFAULT);
        assertNull(tar.find("sparse"));
        assertEquals(
                "is a sparse file in a form that is not read: write the tar without sparse files",
                tar.obstacle("sparse"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sparse-gnu.tar", "sparse-pax-0.0.tar", "sparse-pax-0.1.tar", "sparse-pax-1.0.tar"})
    void aTarThatWasCutOrDamagedNeverFailsOtherwise(String form) throws IOException {
        byte[] bytes = Files.readAllBytes(TestArchives.copy(form, temp));
        UnpackLimits limits = new UnpackLimits(temp, 4 << 20, 200, "");
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = Arrays.copyOf(bytes, bytes.length - (i % 3 == 0 ? random.nextInt(bytes.length) : 0));
            for (int flips = 1 + random.nextInt(3); flips > 0 && damaged.length > 0; flips--) {
                damaged[random.nextInt(Math.min(4096, damaged.length))] ^= (byte) (1 << random.nextInt(8));
            }
            Path file = Files.write(temp.resolve("damaged.tar"), damaged);
            try {
                TarFiles tar = TarFiles.open(file, limits);
                for (String name : new String[] {"holes.bin", "start.bin", "empty.bin"}) {
                    FileExtent extent = tar.find(name);
                    if (extent != null) {
                        try (InputStream in = new ReaderStream(extent.open())) {
                            in.readAllBytes();
                        }
                    }
                }
            } catch (InvalidArgument | ResourceExhausted expected) {
                assertTrue(String.valueOf(expected.getMessage()).contains("damaged.tar"), expected::getMessage);
            }
        }
    }
}
