package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.ImageContent;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
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

    private static List<Descriptor> missing(OciLayout open, Descriptor target) throws IOException {
        return new ImageContent(Documents.of(open), target).missing();
    }

    private static void assertInvalid(String message, Executable action) {
        InvalidArgument error = assertThrows(InvalidArgument.class, action);
        assertTrue(String.valueOf(error.getMessage()).contains(message), error::getMessage);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theIndexIsGivenWithItsAnnotations(boolean tar) throws IOException {
        OciLayout open = open(tar);
        assertEquals(
                List.of(image.withAnnotations(Map.of("org.opencontainers.image.ref.name", "v1"))), open.manifests());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBlobIsRead(boolean tar) throws IOException {
        Descriptor blob = layout.blob("text/plain", "é\n");
        OciLayout open = open(tar);
        assertArrayEquals("é\n".getBytes(StandardCharsets.UTF_8), Blobs.read(open, blob));
        assertEquals(List.of(), missing(open, blob));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBlobIsVerifiedHoweverItIsRead(boolean tar) throws IOException {
        Descriptor blob = layout.blob("text/plain", "right");
        Files.writeString(layout.path(blob), "wrong");
        OciLayout open = open(tar);
        assertInvalid("the bytes have the digest sha256:", () -> Blobs.verify(open, blob));
        assertInvalid("the bytes have the digest sha256:", () -> Blobs.read(open, blob));
        try (InputStream in = Blobs.open(open, blob)) {
            assertEquals('w', in.read());
            in.skipNBytes(4);
            assertInvalid("the bytes have the digest sha256:", in::read);
        }
    }

    @Test
    void skippedBytesAreHashed() throws IOException {
        Descriptor blob = layout.blob("text/plain", "right");
        try (InputStream in = Blobs.open(open(false), blob)) {
            in.skipNBytes(5);
            assertEquals(-1, in.read());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBlobOfAnotherSizeIsInvalid(boolean tar) throws IOException {
        Descriptor blob = layout.blob("text/plain", "right");
        Descriptor longer = new Descriptor(blob.mediaType(), blob.digest(), 6);
        OciLayout open = open(tar);
        assertInvalid(": has 5 bytes instead of 6", () -> Blobs.verify(open, longer));
    }

    @Test
    void longerDigestsAreVerified() throws IOException {
        String sha512 = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";
        layout.file("blobs/sha512/" + sha512, "");
        OciLayout open = open(false);
        Blobs.verify(open, new Descriptor("text/plain", "sha512:" + sha512, 0));
    }

    @Test
    void aBlobThatIsNotThereIsNotFound() throws IOException {
        Files.delete(layout.path(image));
        OciLayout open = open(false);
        assertThrows(NotFound.class, () -> Blobs.verify(open, image));
        assertThrows(NotFound.class, () -> missing(open, image));
    }

    @Test
    void aDigestCannotLeaveTheLayout() throws IOException {
        OciLayout open = open(false);
        assertInvalid("digest", () -> Blobs.verify(open, new Descriptor("text/plain", "../../secret", 1)));
    }

    /** Moves a file or folder out of the layout and leaves a link to it. */
    private Path linkOut(String path) throws IOException {
        Path link = layout.folder().resolve(path);
        Path outside = Files.move(link, temp.resolve("outside"));
        return Files.createSymbolicLink(link, outside);
    }

    @ParameterizedTest
    @ValueSource(strings = {"oci-layout", "index.json"})
    void aFileThatIsALinkOutOfTheLayoutIsRefusedUnread(String file) throws IOException {
        layout.file(file, "secret");
        Path link = linkOut(file);
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> open(false));
        assertEquals(link + ": leads out of " + layout.folder() + ": invalid argument", error.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"blobs", "blobs/sha256"})
    void aFolderThatIsALinkOutOfTheLayoutIsRefusedByItsName(String path) throws IOException {
        OciLayout open = open(false);
        Path link = linkOut(path);
        assertInvalid(link + ": leads out of " + layout.folder(), () -> open.open(image));
        assertInvalid(link + ": leads out of " + layout.folder(), () -> open.info(image.digest()));
    }

    @Test
    void aBlobThatIsALinkOutOfTheLayoutTellsNothingOfTheFileBehindIt() throws IOException {
        Descriptor blob = layout.blob("text/plain", "right");
        Files.writeString(layout.path(blob), "secret");
        Path link = linkOut("blobs/" + blob.digest().replace(':', '/'));
        OciLayout open = open(false);
        for (Executable read : List.<Executable>of(
                () -> Blobs.read(open, blob), () -> Blobs.verify(open, blob), () -> Blobs.isPresent(open, blob))) {
            InvalidArgument error = assertThrows(InvalidArgument.class, read);
            assertEquals(link + ": leads out of " + layout.folder() + ": invalid argument", error.getMessage());
        }
    }

    @Test
    void aLinkWithinTheLayoutIsFollowedAndTheLayoutMayBeALink() throws IOException {
        Descriptor blob = layout.blob("text/plain", "right");
        Path moved = Files.move(layout.path(blob), layout.folder().resolve("blobs/moved"));
        Files.createSymbolicLink(layout.path(blob), moved);
        Path link = Files.createSymbolicLink(temp.resolve("link"), layout.folder());
        Blobs.verify(open(false), blob);
        Blobs.verify(OciLayout.open(link), blob);
    }

    @Test
    void noErrorRepeatsALongTextOfTheLayout() throws IOException {
        String large = "x".repeat(200_000);
        for (String version : List.of("{\"imageLayoutVersion\":\"" + large + "\"}", large)) {
            layout.file("oci-layout", version);
            String message = String.valueOf(
                    assertThrows(InvalidArgument.class, () -> open(false)).getMessage());
            assertTrue(message.length() < 500, message);
        }
    }

    @Test
    void aLargeBlobIsVerifiedButNotRead() throws IOException {
        Descriptor blob = layout.blob("text/plain", "x".repeat(Blobs.MAX_DOCUMENT_BYTES + 1));
        OciLayout open = open(false);
        Blobs.verify(open, blob);
        assertInvalid("more than the 8388608 that are read", () -> Blobs.read(open, blob));
    }

    @Test
    void whatIsMissingUnderATargetIsTold() throws IOException {
        Descriptor other = new TestLayout(temp.resolve("other")).image("other");
        Descriptor index = layout.index(image, other);
        OciLayout open = open(false);
        assertEquals(List.of(), missing(open, image));
        assertEquals(List.of(other), missing(open, index));
    }

    @Test
    void aLayerUnderAnIndexIsLookedFor() throws IOException {
        Descriptor layer = new Descriptor(MediaType.OCI_LAYER, "sha256:" + "0".repeat(64), 7);
        Descriptor manifest = layout.manifest(layout.blob(MediaType.OCI_CONFIG, "{}"), layer);
        Descriptor index = layout.index(layout.index(manifest));
        OciLayout open = open(false);
        assertEquals(List.of(layer), missing(open, index));
    }

    @Test
    void aTargetOfAnotherTypeThanItSaysIsInvalid() throws IOException {
        Descriptor asIndex = new Descriptor(MediaType.OCI_INDEX, image.digest(), image.size());
        OciLayout open = open(false);
        assertInvalid("/config media-type: expected index but found manifest", () -> missing(open, asIndex));
    }

    @Test
    void aBrokenManifestNamesItsPlace() throws IOException {
        Descriptor manifest = layout.blob(MediaType.OCI_MANIFEST, "{\"schemaVersion\":2,\"config\":[]}");
        OciLayout open = open(false);
        assertInvalid(manifest.digest() + ": /config must be an object, is an array", () -> missing(open, manifest));
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
        assertInvalid(file + ": is missing, so this is not an OCI image layout", () -> open(false));
        assertInvalid(file + ": is missing, so this is not an OCI image layout", () -> open(true));
    }

    @Test
    void anIndexThatIsTooLargeIsNotRead() throws IOException {
        layout.file("index.json", " ".repeat(Blobs.MAX_DOCUMENT_BYTES + 1));
        assertInvalid("index.json: has 8388609 bytes, more than the 8388608 that are read", () -> open(false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gz", "zstd", "xz", "bzip2"})
    void aCompressedTarIsReadLikeTheTar(String format) throws IOException {
        Descriptor blob = layout.blob("text/plain", "right");
        try (OciLayout open = OciLayout.open(TestArchives.compress(layout.tar(), format))) {
            assertEquals(open(true).manifests(), open.manifests());
            assertEquals("right", new String(Blobs.read(open, blob), StandardCharsets.UTF_8));
            assertEquals(List.of(), missing(open, image));
            assertEquals(open(true).info(blob.digest()), open.info(blob.digest()));
        }
    }

    @Test
    void anImageWithoutANameHasThoseOfManifestJson() throws IOException {
        TestLayout other = new TestLayout(temp.resolve("other"));
        Descriptor config = other.blob(MediaType.OCI_CONFIG, "{\"architecture\":\"arm64\",\"os\":\"linux\"}");
        Descriptor nameless = other.manifest(config, other.blob(MediaType.OCI_LAYER, "arm"));
        Descriptor named = other.image("named");
        other.list(other.index(nameless), Map.of("k", "v"))
                .list(named, Map.of("org.opencontainers.image.ref.name", "docker.io/library/app:v2"))
                .file(
                        "manifest.json",
                        "[{\"Config\":\"blobs/" + config.digest().replace(':', '/')
                                + "\",\"RepoTags\":[\"app:v1\",\"app:v2\",\"example.org/app\"]}]");
        OciLayout open = OciLayout.open(other.folder());
        assertEquals(
                List.of(
                        Map.of("k", "v", "io.containerd.image.name", "docker.io/library/app:v1"),
                        Map.of("k", "v", "io.containerd.image.name", "example.org/app:latest"),
                        Map.of("org.opencontainers.image.ref.name", "docker.io/library/app:v2")),
                open.manifests().stream().map(Descriptor::annotations).toList());
        assertEquals(named.digest(), open.find("app:v2").digest());
        assertEquals(MediaType.OCI_INDEX, open.find("app:v1").mediaType());
        other.file("manifest.json", "{}");
        OciLayout broken = OciLayout.open(other.folder());
        assertEquals(2, broken.manifests().size());
        assertEquals(
                temp + "/other/manifest.json: must be an array, is an object: invalid argument",
                broken.problems().get(0).error().getMessage());
    }

    @Test
    void aBlobThatIsALinkToNothingIsNotFoundAndTheLinkIsNamed() throws IOException {
        Files.delete(layout.path(image));
        Files.createSymbolicLink(layout.path(image), Path.of("nothing"));
        OciLayout open = open(false);
        NotFound error = assertThrows(NotFound.class, () -> open.open(image));
        assertEquals(
                "content " + image.digest() + " in " + layout.path(image)
                        + ", which is a link to \"nothing\", which is missing: not found",
                error.getMessage());
    }

    @Test
    void aFileThatIsNotATarIsInvalid() throws IOException {
        Path text = Files.writeString(temp.resolve("text"), "no tar\n".repeat(1000));
        assertInvalid(text + ": is not a tar, or is damaged: ", () -> OciLayout.open(text));
        Path empty = Files.createFile(temp.resolve("empty"));
        assertInvalid(empty + ": is empty: ", () -> OciLayout.open(empty));
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
            try {
                missing(OciLayout.open(file), image);
            } catch (InvalidArgument | NotFound expected) {
                String message = String.valueOf(expected.getMessage());
                assertTrue(message.contains("damaged.tar") || message.contains("sha256:"), message);
            }
        }
    }
}
