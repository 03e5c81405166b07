package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.TestContentService;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What every source of content does, whatever its form. */
class ContentProviderTest {
    private static final String TEXT = "0123456789";

    private static TestContentService service;

    private TestLayout layout;
    private Descriptor blob;
    private Descriptor absent;

    /** The forms of content; each holds the blob with the text. */
    enum Form {
        LAYOUT,
        LAYOUT_TAR,
        BLOBS_FOLDER,
        MEMORY,
        REMOTE;

        ContentProvider open(TestLayout layout) throws IOException {
            return switch (this) {
                case LAYOUT -> LocalContent.open(layout.folder());
                case LAYOUT_TAR -> LocalContent.open(layout.tar());
                case BLOBS_FOLDER -> {
                    Files.delete(layout.folder().resolve("oci-layout"));
                    yield LocalContent.open(layout.folder());
                }
                case MEMORY -> memory();
                case REMOTE -> {
                    service = new TestContentService(memory());
                    yield service.client();
                }
            };
        }

        private static InMemoryContent memory() {
            InMemoryContent content = new InMemoryContent();
            content.add("text/plain", TEXT.getBytes(StandardCharsets.UTF_8));
            return content;
        }
    }

    @AfterEach
    void stopService() {
        if (service != null) {
            service.close();
        }
    }

    @BeforeEach
    void writeLayout(@TempDir Path folder) throws IOException {
        layout = new TestLayout(folder.resolve("layout"));
        blob = layout.blob("text/plain", TEXT);
        absent = new Descriptor("text/plain", "sha256:" + "0".repeat(64), 1);
    }

    private static String read(ContentReader reader, int count, long position) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(count);
        int read = reader.read(target, position);
        assertEquals(Math.max(read, 0), target.position());
        return read < 0 ? "end" : new String(target.array(), 0, read, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource
    void aBlobIsReadAtAnyPosition(Form form) throws IOException {
        try (ContentReader reader = form.open(layout).open(blob)) {
            assertEquals(10, reader.size());
            assertEquals("789", read(reader, 5, 7));
            assertEquals("012", read(reader, 3, 0));
            assertEquals("end", read(reader, 4, 10));
            assertEquals("end", read(reader, 4, Long.MAX_VALUE));
            assertThrows(IllegalArgumentException.class, () -> read(reader, 4, -1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void onlyTheRoomOfTheTargetIsFilled(Form form) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(8).position(2).limit(5);
        try (ContentReader reader = form.open(layout).open(blob)) {
            assertEquals(3, reader.read(target, 4));
        }
        assertEquals(5, target.position());
        assertArrayEquals("\0\000456\0\0\0".getBytes(StandardCharsets.UTF_8), target.array());
    }

    @ParameterizedTest
    @EnumSource
    void aReaderThatIsClosedReadsNothing(Form form) throws IOException {
        ContentReader reader = form.open(layout).open(blob);
        reader.close();
        reader.close();
        assertThrows(IOException.class, () -> read(reader, 1, 0));
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsOneReaderOnly(Form form) throws IOException {
        ContentProvider content = form.open(layout);
        try (ContentReader other = content.open(blob)) {
            try (ContentReader reader = content.open(blob)) {
                Thread.currentThread().interrupt();
                reader.read(ByteBuffer.allocate(1), 0);
            } catch (IOException | ImageException.Cancelled e) {
                assertTrue(Thread.currentThread().isInterrupted());
            } finally {
                Thread.interrupted();
            }
            assertEquals("0", read(other, 1, 0));
        }
        Blobs.verify(content, blob);
    }

    @ParameterizedTest
    @EnumSource
    void aBlobThatIsNotThereIsNotFound(Form form) throws IOException {
        ContentProvider content = form.open(layout);
        NotFound error = assertThrows(NotFound.class, () -> content.open(absent));
        assertTrue(String.valueOf(error.getMessage()).startsWith("content " + absent.digest()), error::getMessage);
        assertThrows(NotFound.class, () -> ((InfoProvider) content).info(absent.digest()));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNoDigestIsInvalid(Form form) throws IOException {
        ContentProvider content = form.open(layout);
        Descriptor wrong = new Descriptor("text/plain", "../../" + blob.digest(), 10);
        assertThrows(InvalidArgument.class, () -> content.open(wrong));
        assertThrows(InvalidArgument.class, () -> ((InfoProvider) content).info(wrong.digest()));
    }

    @ParameterizedTest
    @EnumSource
    void theSizeIsKnownWithoutReading(Form form) throws IOException {
        ContentInfo info = ((InfoProvider) form.open(layout)).info(blob.digest());
        assertEquals(blob.digest(), info.digest());
        assertEquals(10, info.size());
        assertEquals(Map.of(), info.labels());
        assertTrue(info.createdAt().isAfter(Instant.EPOCH), info::toString);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"MEMORY", "REMOTE"},
            mode = EnumSource.Mode.EXCLUDE)
    void aFolderWhereABlobShouldBeIsNotABlob(Form form) throws IOException {
        Files.createDirectories(layout.path(absent));
        assertThrows(NotFound.class, () -> form.open(layout).open(absent));
    }

    private static final String BASE64 = "MDEyMzQ1Njc4OQ==";

    @Test
    void embeddedContentIsReadFromTheDescriptor() throws IOException {
        InMemoryContent empty = new InMemoryContent();
        Descriptor embedded = blob.withData(BASE64);
        assertArrayEquals(TEXT.getBytes(StandardCharsets.UTF_8), Blobs.read(empty, embedded));
        assertTrue(Blobs.isPresent(empty, embedded));
        Blobs.verify(empty, embedded);
        assertNull(Blobs.dataProblem(embedded));
    }

    @ParameterizedTest
    @CsvSource({
        "MDEyMzQ1Njc4OA==, has the digest sha256:",
        "MDEy, has 3 bytes instead of 10",
        "%, is not base64",
    })
    void dataThatIsNotTheContentIsReportedAndTheBlobIsUsed(String data, String problem) throws IOException {
        Descriptor wrong = blob.withData(data);
        assertTrue(String.valueOf(Blobs.dataProblem(wrong)).startsWith("the descriptor's data " + problem));
        ContentProvider content = Form.LAYOUT.open(layout);
        assertArrayEquals(TEXT.getBytes(StandardCharsets.UTF_8), Blobs.read(content, wrong));
        assertTrue(Blobs.isPresent(content, wrong));

        InMemoryContent empty = new InMemoryContent();
        assertFalse(Blobs.isPresent(empty, wrong));
        String message = String.valueOf(assertThrows(InvalidArgument.class, () -> Blobs.read(empty, wrong))
                .getMessage());
        assertEquals(
                blob.digest() + ": " + Blobs.dataProblem(wrong)
                        + ", and the source does not have the blob: invalid argument",
                message);
    }

    @Test
    void aSourceThatGivesMoreOrLessThanItAnnouncesIsFoundOut() {
        for (String text : new String[] {TEXT + TEXT, "01234"}) {
            ContentProvider lying = descriptor -> new ContentReader() {
                private final BytesReader bytes = new BytesReader(text.getBytes(StandardCharsets.UTF_8));

                @Override
                public long size() {
                    return 10;
                }

                @Override
                public int read(ByteBuffer target, long position) throws IOException {
                    return bytes.read(target, position);
                }

                @Override
                public void close() {}
            };
            if (text.length() < 10) {
                assertThrows(InvalidArgument.class, () -> Blobs.read(lying, blob));
            } else {
                assertEquals(10, assertReads(lying).length);
            }
        }
    }

    private byte[] assertReads(ContentProvider provider) {
        try {
            return Blobs.read(provider, blob);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aFolderThatIsNoContentIsRefused(@TempDir Path folder) {
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> LocalContent.open(folder));
        assertEquals(folder + ": has no folder blobs: invalid argument", error.getMessage());
    }

    @Test
    void labelsAreSetAndRemoved() {
        InMemoryContent content = new InMemoryContent();
        String digest = content.add("text/plain", new byte[1]).digest();
        content.label(digest, Map.of("a", "1", "b", "2"));
        assertEquals(
                Map.of("a", "3", "b", "2"),
                content.label(digest, Map.of("a", "3", "c", "")).labels());
        assertEquals(Map.of("a", "3"), content.label(digest, Map.of("b", "")).labels());
        assertThrows(InvalidArgument.class, () -> content.label(digest, Map.of("k".repeat(4096), "v")));
        assertThrows(NotFound.class, () -> content.label(absent.digest(), Map.of("a", "1")));
        content.remove(digest);
        assertThrows(NotFound.class, () -> content.remove(digest));
    }

    @ParameterizedTest
    @EnumSource
    void aLongDigestIsNotRepeated(Form form) throws IOException {
        ContentProvider content = form.open(layout);
        Descriptor wrong = new Descriptor("text/plain", "sha256:" + "x".repeat(200_000), 1);
        String message = String.valueOf(
                assertThrows(InvalidArgument.class, () -> content.open(wrong)).getMessage());
        assertTrue(message.endsWith(" invalid: invalid checksum digest length: invalid argument"), message);
        assertTrue(message.length() < 500, message);
    }
}
