package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OciLayoutTest {
    private Path temp;
    private TestLayout layout;
    private Descriptor image;

    @BeforeEach
    void writeLayout(@TempDir Path folder) throws IOException {
        temp = folder;
        layout = new TestLayout(temp.resolve("layout"));
        image = layout.image("content");
        layout.list(image, Map.of("org.opencontainers.image.ref.name", "v1"));
    }

    private OciLayout open(boolean tar) throws IOException {
        return OciLayout.open(tar ? layout.tar() : layout.folder());
    }

    private static void assertInvalid(String message, Executable action) {
        InvalidArgument error = assertThrows(InvalidArgument.class, action);
        assertTrue(String.valueOf(error.getMessage()).contains(message), error::getMessage);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theIndexIsGivenWithItsAnnotations(boolean tar) throws IOException {
        try (OciLayout open = open(tar)) {
            assertEquals(
                    List.of(image.withAnnotations(Map.of("org.opencontainers.image.ref.name", "v1"))),
                    open.manifests());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBlobIsRead(boolean tar) throws IOException {
        Descriptor blob = layout.blob("text/plain", "é\n");
        try (OciLayout open = open(tar)) {
            assertArrayEquals("é\n".getBytes(StandardCharsets.UTF_8), open.read(blob));
            assertEquals(List.of(), open.check(blob));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBlobIsVerifiedHoweverItIsRead(boolean tar) throws IOException {
        Descriptor blob = layout.blob("text/plain", "right");
        Files.writeString(layout.path(blob), "wrong");
        try (OciLayout open = open(tar)) {
            assertInvalid("the bytes have the digest sha256:", () -> open.verify(blob));
            assertInvalid("the bytes have the digest sha256:", () -> open.read(blob));
            try (InputStream in = open.open(blob)) {
                assertEquals('w', in.read());
                in.skipNBytes(4);
                assertInvalid("the bytes have the digest sha256:", in::read);
            }
        }
    }

    @Test
    void skippedBytesAreHashed() throws IOException {
        Descriptor blob = layout.blob("text/plain", "right");
        try (OciLayout open = open(false);
                InputStream in = open.open(blob)) {
            in.skipNBytes(5);
            assertEquals(-1, in.read());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBlobOfAnotherSizeIsInvalid(boolean tar) throws IOException {
        Descriptor blob = layout.blob("text/plain", "right");
        Descriptor longer = new Descriptor(blob.mediaType(), blob.digest(), 6);
        try (OciLayout open = open(tar)) {
            assertInvalid(": has 5 bytes instead of 6", () -> open.verify(longer));
        }
    }

    @Test
    void longerDigestsAreVerified() throws IOException {
        String sha512 = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";
        layout.file("blobs/sha512/" + sha512, "");
        try (OciLayout open = open(false)) {
            open.verify(new Descriptor("text/plain", "sha512:" + sha512, 0));
        }
    }

    @Test
    void aBlobThatIsNotThereIsNotFound() throws IOException {
        Files.delete(layout.path(image));
        try (OciLayout open = open(false)) {
            assertThrows(NotFound.class, () -> open.verify(image));
            assertThrows(NotFound.class, () -> open.check(image));
        }
    }

    @Test
    void aDigestCannotLeaveTheLayout() throws IOException {
        try (OciLayout open = open(false)) {
            assertInvalid("digest", () -> open.verify(new Descriptor("text/plain", "../../secret", 1)));
        }
    }

    @Test
    void aLargeBlobIsVerifiedButNotRead() throws IOException {
        Descriptor blob = layout.blob("text/plain", "x".repeat(OciLayout.MAX_DOCUMENT_BYTES + 1));
        try (OciLayout open = open(false)) {
            open.verify(blob);
            assertInvalid("more than the 8388608 that are read", () -> open.read(blob));
        }
    }

    @Test
    void whatIsMissingUnderATargetIsTold() throws IOException {
        Descriptor other = new TestLayout(temp.resolve("other")).image("other");
        Descriptor index = layout.index(image, other);
        try (OciLayout open = open(false)) {
            assertEquals(List.of(), open.check(image));
            assertEquals(List.of(other), open.check(index));
        }
    }

    @Test
    void aLayerUnderAnIndexIsLookedFor() throws IOException {
        Descriptor layer = new Descriptor(MediaType.OCI_LAYER, "sha256:" + "0".repeat(64), 7);
        Descriptor manifest = layout.manifest(layout.blob(MediaType.OCI_CONFIG, "{}"), layer);
        Descriptor index = layout.index(layout.index(manifest));
        try (OciLayout open = open(false)) {
            assertEquals(List.of(layer), open.check(index));
        }
    }

    @Test
    void aTargetOfAnotherTypeThanItSaysIsInvalid() throws IOException {
        Descriptor asIndex = new Descriptor(MediaType.OCI_INDEX, image.digest(), image.size());
        try (OciLayout open = open(false)) {
            assertInvalid("has the fields of an index and of a manifest", () -> open.check(asIndex));
        }
    }

    @Test
    void aDocumentThatClaimsAnotherTypeIsInvalid() throws IOException {
        Descriptor index = layout.blob(
                MediaType.OCI_INDEX,
                "{\"schemaVersion\":2,\"mediaType\":\"" + MediaType.DOCKER_MANIFEST_LIST + "\",\"manifests\":[]}");
        try (OciLayout open = open(false)) {
            assertInvalid("mediaType must be " + MediaType.OCI_INDEX, () -> open.check(index));
        }
    }

    @Test
    void aBrokenManifestNamesItsPlace() throws IOException {
        Descriptor manifest = layout.blob(MediaType.OCI_MANIFEST, "{\"schemaVersion\":2,\"config\":[]}");
        try (OciLayout open = open(false)) {
            assertInvalid(
                    layout.path(manifest) + ": /config must be an object, is an array", () -> open.check(manifest));
        }
    }

    @Test
    void aLayoutThatIsNotThereIsAnErrorOfTheDisk() {
        assertThrows(NoSuchFileException.class, () -> OciLayout.open(temp.resolve("nothing")));
    }

    @Test
    void theVersionIsChecked() throws IOException {
        layout.file("oci-layout", "{\"imageLayoutVersion\":\"2.0.0\"}");
        assertInvalid("oci-layout: imageLayoutVersion must be 1.0.0, is [2.0.0]", () -> open(false));
        layout.file("oci-layout", "{}");
        assertInvalid("oci-layout: imageLayoutVersion must be 1.0.0, is []", () -> open(true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"oci-layout", "index.json"})
    void bothFilesHaveToBeThere(String file) throws IOException {
        Files.delete(layout.folder().resolve(file));
        assertInvalid(file + ": is missing, so this is no OCI image layout", () -> open(false));
        assertInvalid(file + ": is missing, so this is no OCI image layout", () -> open(true));
    }

    @Test
    void anIndexThatIsTooLargeIsNotRead() throws IOException {
        layout.file("index.json", " ".repeat(OciLayout.MAX_DOCUMENT_BYTES + 1));
        assertInvalid("index.json: has 8388609 bytes, more than the 8388608 that are read", () -> open(false));
    }

    @Test
    void aCompressedTarIsNotRead() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            Files.copy(layout.tar(), gzip);
        }
        Path compressed = Files.write(temp.resolve("layout.tar.gz"), bytes.toByteArray());
        assertInvalid(": is compressed, decompress it first with gunzip", () -> OciLayout.open(compressed));
    }

    @Test
    void aFileThatIsNoTarIsInvalid() throws IOException {
        Path text = Files.writeString(temp.resolve("text"), "no tar\n".repeat(1000));
        assertInvalid(": is no folder and no tar", () -> OciLayout.open(text));
    }

    @Test
    void aTarThatWasCutOrDamagedNeverFailsOtherwise() throws IOException {
        byte[] tar = Files.readAllBytes(layout.tar());
        Random random = new Random(7);
        for (int i = 0; i < 500; i++) {
            byte[] damaged = Arrays.copyOf(tar, random.nextInt(tar.length));
            for (int flips = random.nextInt(3); flips > 0 && damaged.length > 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Path file = Files.write(temp.resolve("damaged.tar"), damaged);
            try (OciLayout open = OciLayout.open(file)) {
                open.check(image);
            } catch (InvalidArgument | NotFound expected) {
                assertTrue(String.valueOf(expected.getMessage()).contains("damaged.tar"), expected::getMessage);
            }
        }
    }
}
