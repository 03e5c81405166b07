package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a folder of blobs does with files that are not blobs, or that change. */
class BlobsFolderTest {
    private TestLayout layout;
    private Descriptor blob;
    private BlobsFolder content;

    @BeforeEach
    void writeBlob(@TempDir Path folder) throws IOException {
        layout = new TestLayout(folder);
        blob = layout.blob("text/plain", "right");
        content = BlobsFolder.open(folder);
    }

    private void assertNotFound() {
        NotFound error = assertThrows(NotFound.class, () -> content.open(blob));
        assertTrue(String.valueOf(error.getMessage()).contains(blob.digest()), error::getMessage);
        assertThrows(NotFound.class, () -> content.info(blob.digest()));
    }

    @Test
    void theTimesAreThoseOfTheFile() throws IOException {
        Instant time = Instant.parse("2024-05-06T07:08:09Z");
        Files.setLastModifiedTime(layout.path(blob), FileTime.from(time));
        assertEquals(new ContentInfo(blob.digest(), 5, time, time, Map.of()), content.info(blob.digest()));
    }

    @Test
    void aPipeIsNoBlob() throws Exception {
        Files.delete(layout.path(blob));
        assumeTrue(new ProcessBuilder("mkfifo", layout.path(blob).toString())
                        .start()
                        .waitFor()
                == 0);
        assertNotFound();
    }

    @Test
    void aFileWhereTheFolderShouldBeHasNoBlobs() throws IOException {
        Files.delete(layout.path(blob));
        Files.delete(layout.path(blob).getParent());
        Files.writeString(layout.path(blob).getParent(), "no folder");
        assertNotFound();
    }

    @Test
    void aLinkToItselfIsAnErrorOfTheDisk() throws IOException {
        Files.delete(layout.path(blob));
        Files.createSymbolicLink(layout.path(blob), layout.path(blob));
        assertThrows(FileSystemException.class, () -> content.open(blob));
    }

    @Test
    void aLinkOutOfTheFolderIsRefusedByItsName(@TempDir Path elsewhere) throws IOException {
        Path outside = Files.move(layout.path(blob), elsewhere.resolve("outside"));
        Path link = Files.createSymbolicLink(layout.path(blob), outside);
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> content.open(blob));
        assertEquals(link + ": leads out of " + layout.folder() + ": invalid argument", error.getMessage());
        assertThrows(InvalidArgument.class, () -> content.info(blob.digest()));
    }

    @Test
    void aLinkToNothingIsNoBlob() throws IOException {
        Files.delete(layout.path(blob));
        Files.createSymbolicLink(layout.path(blob), Path.of("nothing"));
        assertNotFound();
    }

    @Test
    void aBlobThatIsCutWhileItIsReadIsInvalid() {
        ContentProvider cut = descriptor -> {
            ContentReader reader = content.open(descriptor);
            Files.writeString(layout.path(blob), "rig");
            return reader;
        };
        assertThrows(InvalidArgument.class, () -> Blobs.read(cut, blob));
    }

    @Test
    void aBlobThatIsRemovedIsReadToItsEndByWhoHasItOpen() throws IOException {
        try (ContentReader reader = content.open(blob)) {
            Files.delete(layout.path(blob));
            assertEquals(5, reader.read(ByteBuffer.allocate(10), 0));
        }
        assertNotFound();
    }

    @Test
    void anArchiveThatIsAPipeIsRefused(@TempDir Path folder) throws Exception {
        Path pipe = folder.resolve("pipe");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> LocalContent.open(pipe));
        assertEquals(
                pipe
                        + ": is neither a folder nor a regular file; read a pipe from standard input, or as a stream"
                        + ": invalid argument",
                error.getMessage());
    }
}
