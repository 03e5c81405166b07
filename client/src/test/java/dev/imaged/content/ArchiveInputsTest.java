package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.ImageContent;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in archives of many origins: their names, their targets, and that all of their content is there. */
class ArchiveInputsTest {
    private static final String APP = "sha256:fac20b9651239012c41ab30e11183bb31de0c7dfcd134e40095c3a365cd9d5c6";
    private static final String OTHER = "sha256:7aadc6aca0cd334249eecf111657642d971997aa7f15eb7479ad2093f99aa07b";

    /** The manifest that containerd makes of an archive of docker save with the config and the layers of {@link #APP}. */
    private static final String SAVED = "sha256:cd3de380";

    @TempDir
    Path temp;

    private ImageArchive open(String name) throws IOException {
        return LocalContent.archive(TestArchives.copy(name, temp));
    }

    /** Returns the start of the digest of each name, and checks the digests of all that is under them. */
    private static Map<String, String> digests(ImageArchive archive) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        for (Descriptor image : archive.manifests()) {
            Blobs.verify(archive, image);
            ImageContent content = new ImageContent(Documents.of(archive), image);
            assertEquals(List.of(), content.missing());
            for (Descriptor layer : content.manifest().layers()) {
                Blobs.verify(archive, layer);
            }
            ArchiveNames.of(image)
                    .forEach(name -> digests.put(name, image.digest().substring(0, SAVED.length())));
        }
        return digests;
    }

    private void assertInvalid(String name, String message) {
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> open(name));
        assertEquals(temp.resolve(name) + ": " + message + ": invalid argument", error.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "oci-unnamed-repotags.tar, docker.io/library/app:v1, sha256:fac20b96",
        "oci-nullmanifests-repotags.tar, docker.io/library/app:v1, sha256:cd3de380",
        "oci-data.tar, reg.example/art:v1, sha256:e9bef20f",
        "sparse-posix.tar, reg.example/app:v1, sha256:fac20b96",
        "sparse-ds-gnu.tar, docker.io/library/sp:v1, sha256:6397df71",
        "ds-ok.tar.gz, docker.io/library/app:v1, sha256:cd3de380",
        "ds-ok.tar.zst, docker.io/library/app:v1, sha256:cd3de380",
        "ds-ok.tar.xz, docker.io/library/app:v1, sha256:cd3de380",
        "ds-lowercasekeys.tar, docker.io/library/app:v1, sha256:cd3de380",
    })
    void anArchiveOfOneImageHasItsNameAndTarget(String file, String name, String digest) throws IOException {
        try (ImageArchive archive = open(file)) {
            assertEquals(Map.of(name, digest), digests(archive));
            assertEquals(List.of(), archive.problems());
            assertTrue(archive.find(name).digest().startsWith(digest));
        }
    }

    @Test
    void namesThatACommaJoinsAreSeveral() throws IOException {
        ImageArchive archive = open("oci-refcomma.tar");
        assertEquals(
                Map.of(
                        "docker.io/library/app:v1",
                        "sha256:fac20b96",
                        "docker.io/library/app:latest",
                        "sha256:fac20b96"),
                digests(archive));
        assertEquals(APP, archive.find("app").digest());
        assertEquals(APP, archive.find("app:v1").digest());
    }

    @Test
    void imagesWithoutANameHaveNone() throws IOException {
        ImageArchive layout = open("oci-two-unnamed.tar");
        assertEquals(
                List.of(APP, OTHER),
                layout.manifests().stream().map(Descriptor::digest).toList());
        assertEquals(Map.of(), digests(layout));
        ImageArchive saved = open("ds-mixed-untagged2.tar");
        assertEquals(2, saved.manifests().size());
        assertEquals(Map.of("docker.io/library/app:v1", SAVED), digests(saved));
    }

    @Test
    void aLinkWhoseTargetIsMissingIsNamedWithIt() {
        assertInvalid(
                "ds-symlink-rootrel.tar",
                "manifest.json: /0: file \"l2/layer.tar\" is a link to \"l2/.x1.tar\", which is missing");
    }

    @Test
    void whatIsNeitherFormSaysWhatWasLookedFor() {
        assertInvalid(
                "ds-v1only.tar",
                "is neither an OCI image layout nor what docker save writes: it has neither oci-layout nor"
                        + " manifest.json");
    }

    @Test
    void aNameInUpperCaseIsKeptAsWrittenAndTheOtherOneIsFound() throws IOException {
        ImageArchive archive = open("ds-upper-mixed.tar");
        assertEquals(Map.of("bazel/MyApp:tag", SAVED, "docker.io/bazel/myapp:tag", SAVED), digests(archive));
        InvalidArgument error =
                assertThrows(InvalidArgument.class, () -> DockerReference.normalize("name", "bazel/MyApp:tag"));
        assertEquals(
                "name \"bazel/MyApp:tag\" is not a reference to an image: repository names are lower case: invalid"
                        + " argument",
                error.getMessage());
    }

    @Test
    void aMissingManifestIsNotFoundAndTheOtherImageIsThere() throws IOException {
        ImageArchive archive = open("oci-one-manifest-missing.tar");
        Documents documents = Documents.of(archive);
        assertEquals(List.of(), new ImageContent(documents, archive.find("reg.example/app:v1")).missing());
        Descriptor missing = archive.find("reg.example/app:v2");
        assertEquals(OTHER, missing.digest());
        assertThrows(NotFound.class, () -> new ImageContent(documents, missing).missing());
    }

    @Test
    void aNameOfTwoImagesDoesNotFindOne() throws IOException {
        ImageArchive archive = open("oci-multiarch-flat.tar");
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> archive.find("reg.example/app:v1"));
        assertEquals(
                "\"reg.example/app:v1\" is the name of 2 images: " + APP + ", " + OTHER + ": invalid argument",
                error.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ds-ok.tar.gz", "ds-ok.tar.zst", "ds-ok.tar.xz", "sparse-posix.tar", "oci-refcomma.tar"})
    void aStreamIsReadLikeTheFile(String name) throws IOException {
        Path file = TestArchives.copy(name, temp);
        try (InputStream in = Files.newInputStream(file);
                ImageArchive archive = LocalContent.archive("stream", in, UnpackLimits.DEFAULT)) {
            assertEquals(digests(LocalContent.archive(file)), digests(archive));
        }
    }
}
