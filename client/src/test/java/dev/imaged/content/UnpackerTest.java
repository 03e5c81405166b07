package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Cancelled;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.ResourceExhausted;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How compressed archives and streams are unpacked, and what becomes of the copy. */
class UnpackerTest {
    private static final int MIB = 1 << 20;

    private Path temp;
    private Path folder;

    @BeforeEach
    void makeFolder(@TempDir Path path) throws IOException {
        temp = path;
        folder = Files.createDirectory(temp.resolve("unpacked"));
    }

    private UnpackLimits limits(long maxBytes, long maxRatio) {
        return new UnpackLimits(folder, maxBytes, maxRatio, "advice");
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(temp.resolve("archive"), bytes);
    }

    private static byte[] read(FileSource source) throws IOException {
        try (InputStream in = new ReaderStream(source.open())) {
            return in.readAllBytes();
        }
    }

    private void assertNothingIsLeft() throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    private void assertExhausted(String message, Path file, UnpackLimits limits) throws IOException {
        ResourceExhausted error = assertThrows(ResourceExhausted.class, () -> Unpacker.open(file, limits));
        assertEquals(file + ": " + message + "; advice", error.getMessage());
        assertNothingIsLeft();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"gz", "zstd", "xz", "bzip2"})
    void theCopyHasNoNameAndIsWhatWasCompressed(String format) throws IOException {
        byte[] bytes = random(300_000);
        Path file = TestArchives.compress(write(bytes), format);
        FileSource source = Unpacker.open(file, limits(bytes.length, 1));
        assertNothingIsLeft();
        assertEquals(Arrays.hashCode(bytes), Arrays.hashCode(read(source)));
        source.close();
        assertThrows(IOException.class, () -> read(source));
    }

    /** As pigz, pzstd, pixz and pbzip2 write. */
    @ParameterizedTest
    @ValueSource(strings = {"gz", "zstd", "xz", "bzip2"})
    void membersThatFollowOneAnotherAreOneArchive(String format) throws IOException {
        byte[] first = Files.readAllBytes(TestArchives.compress(write(random(100_000)), format));
        byte[] second =
                Files.readAllBytes(TestArchives.compress(write("second".getBytes(StandardCharsets.UTF_8)), format));
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.write(first);
        both.write(second);
        byte[] read = read(Unpacker.open(write(both.toByteArray()), limits(MIB, 10)));
        assertEquals(100_006, read.length);
        assertEquals("second", new String(read, 100_000, 6, StandardCharsets.UTF_8));
    }

    @Test
    void aFrameOfZstdThatIsSkippedMayComeFirst() throws IOException {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frames.write(HexFormat.of().parseHex("502a4d180400000001020304"));
        frames.write(Files.readAllBytes(TestArchives.compress(write(random(1000)), "zstd")));
        assertEquals(1000, read(Unpacker.open(write(frames.toByteArray()), limits(MIB, 10))).length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gz", "zstd", "xz", "bzip2"})
    void moreThanTheLimitIsRefused(String format) throws IOException {
        Path file = TestArchives.compress(write(random(100_000)), format);
        assertExhausted("unpacks to more than 99999 bytes, the limit of its unpacked size", file, limits(99_999, 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gz", "zstd", "xz", "bzip2"})
    void aBombIsRefused(String format) throws IOException {
        Path file = TestArchives.compress(write(new byte[17 * MIB]), format);
        assertExhausted("unpacks to more than 5 times its size, the limit of the ratio", file, limits(1 << 30, 5));
    }

    @Test
    void littleMayUnpackToManyTimesItsSize() throws IOException {
        Path file = TestArchives.compress(write(new byte[16 * MIB]), "zstd");
        assertEquals(16 * MIB, read(Unpacker.open(file, limits(1 << 30, 1))).length);
        Path more = TestArchives.compress(write(new byte[16 * MIB + 1]), "zstd");
        assertExhausted("unpacks to more than 1 times its size, the limit of the ratio", more, limits(1 << 30, 1));
        assertEquals(16 * MIB + 1, read(Unpacker.open(more, limits(1 << 30, 10_000_000))).length);
    }

    @Test
    void aStreamIsBoundedToo() throws IOException {
        Unpacker unpacker = new Unpacker("stream", limits(1000, 1));
        assertEquals(1000, read(unpacker.copy(new ByteArrayInputStream(random(1000)))).length);
        ResourceExhausted error =
                assertThrows(ResourceExhausted.class, () -> unpacker.copy(new ByteArrayInputStream(random(1001))));
        assertEquals(
                "stream: unpacks to more than 1000 bytes, the limit of its unpacked size; advice", error.getMessage());
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource({
        "04224d18, lz4",
        "4c5a495001, lzip",
        "5d000080, lzma",
        "894c5a4f000d0a1a0a, lzop",
        "1f9d90, compress",
        "504b0304, zip"
    })
    void aCompressionThatIsNotReadIsNamed(String start, String name) throws IOException {
        Path file = write(HexFormat.of().parseHex(start + "0000000000000000"));
        InvalidArgument error =
                assertThrows(InvalidArgument.class, () -> LocalContent.archive(file, UnpackLimits.DEFAULT));
        assertEquals(
                file + ": is compressed with " + name
                        + ", which is not read: decompress it first, or use gzip, zstd, xz or"
                        + " bzip2: invalid argument",
                error.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gz", "zstd", "xz", "bzip2"})
    void whatWasCutOrDamagedIsInvalidAndNamed(String format) throws IOException {
        byte[] bytes = Files.readAllBytes(TestArchives.compress(write(random(5000)), format));
        Random random = new Random(7);
        for (int i = 0; i < 50; i++) {
            byte[] damaged = Arrays.copyOf(bytes, 10 + random.nextInt(bytes.length - 10));
            damaged[9 + random.nextInt(damaged.length - 9)] ^= (byte) (1 << random.nextInt(8));
            Path file = write(damaged);
            try {
                Unpacker.open(file, limits(MIB, 1000)).close();
            } catch (InvalidArgument | ResourceExhausted expected) {
                assertTrue(String.valueOf(expected.getMessage()).startsWith(file + ": "), expected::getMessage);
            }
            assertNothingIsLeft();
        }
        Path cut = write(Arrays.copyOf(bytes, bytes.length - 1));
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> Unpacker.open(cut, limits(MIB, 1000)));
        assertTrue(
                String.valueOf(error.getMessage()).startsWith(cut + ": is damaged or incomplete: "), error::getMessage);
    }

    @Test
    void whatIsCompressedButNotATarSaysSo() throws IOException {
        Path file = TestArchives.compress(write("no tar\n".repeat(1000).getBytes(StandardCharsets.UTF_8)), "gz");
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> LocalContent.archive(file));
        assertTrue(
                String.valueOf(error.getMessage()).startsWith(file + ": is not a tar, or is damaged: "),
                error::getMessage);
    }

    @Test
    void aFolderThatIsMissingIsNamed() throws IOException {
        Path file = TestArchives.compress(write(random(10)), "gz");
        Files.delete(folder);
        ResourceExhausted error = assertThrows(ResourceExhausted.class, () -> Unpacker.open(file, limits(MIB, 1)));
        assertEquals(file + ": cannot be unpacked into " + folder + ": no such folder; advice", error.getMessage());
    }

    @Test
    void anErrorOfTheSourceIsNotOneOfWhatItHolds() throws IOException {
        byte[] bytes = Files.readAllBytes(TestArchives.compress(write(random(100_000)), "gz"));
        IOException failure = new IOException("the disk fails");
        InputStream failing = new InputStream() {
            private int position;

            @Override
            public int read() throws IOException {
                if (position == 70_000) {
                    throw failure;
                }
                return bytes[position++] & 0xff;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                target[offset] = (byte) read();
                return 1;
            }
        };
        Unpacker unpacker = new Unpacker("stream", limits(MIB, 1));
        assertSame(failure, assertThrows(IOException.class, () -> unpacker.copy(failing)));
        assertNothingIsLeft();
    }

    @Test
    void anInterruptOfOneReaderLeavesTheOthersTheFile() throws IOException {
        FileSource source = Unpacker.open(TestArchives.compress(write(random(1000)), "gz"), limits(MIB, 10));
        Thread.currentThread().interrupt();
        assertEquals(1000, read(source).length);
        assertTrue(Thread.interrupted());
        assertEquals(1000, read(source).length);
    }

    @Test
    void anInterruptEndsUnpacking() throws IOException {
        byte[] bytes = Files.readAllBytes(TestArchives.compress(write(random(1000)), "gz"));
        Unpacker unpacker = new Unpacker("stream", limits(MIB, 10));
        Thread.currentThread().interrupt();
        try {
            ByteArrayInputStream stream = new ByteArrayInputStream(bytes);
            assertThrows(Cancelled.class, () -> unpacker.copy(stream));
        } finally {
            assertTrue(Thread.interrupted());
        }
        assertNothingIsLeft();
    }

    @Test
    void limitsAreAtLeastOne() {
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> limits(0, 1));
        assertEquals("maxBytes must be at least 1, is 0: invalid argument", error.getMessage());
        assertThrows(InvalidArgument.class, () -> limits(1, -1));
    }
}
