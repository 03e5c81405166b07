package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.content.TestLayout;
import dev.imaged.images.Image;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportCommandTest {
    private static final String REF_NAME = "org.opencontainers.image.ref.name";

    private final CommandLineFixture imaged = new CommandLineFixture(new InMemoryImageStores());
    private TestLayout layout;
    private Descriptor image;
    private String folder;

    @BeforeEach
    void writeLayout(@TempDir Path temp) throws IOException {
        layout = new TestLayout(temp.resolve("layout"));
        image = layout.image("content");
        folder = layout.folder().toString();
    }

    private Image stored(String name) {
        return imaged.images("default").get(name);
    }

    @Test
    void aTargetIsStoredWithItsAnnotations() throws IOException {
        layout.list(image, Map.of(REF_NAME, "example.org/a:1"));
        assertEquals("""
                NAME             STATUS   TYPE                                        DIGEST
                example.org/a:1  created  application/vnd.oci.image.manifest.v1+json  DIGEST
                """.replaceFirst("DIGEST\n$", image.digest() + "\n"), imaged.stdout("import", folder));
        assertEquals(
                image.withAnnotations(Map.of(REF_NAME, "example.org/a:1")),
                stored("example.org/a:1").target());
    }

    @Test
    void aTarIsImportedLikeItsFolder() throws IOException {
        layout.list(image, Map.of(REF_NAME, "v1"));
        imaged.stdout("import", layout.tar().toString(), "--base-name", "example.org/a");
        assertEquals(image.digest(), stored("example.org/a:v1").target().digest());
        assertTrue(
                imaged.stdout("import", folder, "--base-name", "example.org/a").contains(" unchanged "));
    }

    @Test
    void jsonSaysWhatBecameOfEach() throws IOException {
        imaged.images("default").create(new Image("a:1", Map.of("k", "v"), image));
        layout.list(image, Map.of(REF_NAME, "a:1")).list(image, Map.of(REF_NAME, "a:2"));
        String json =
                imaged.stdout("import", folder, "-o", "json", "--label", "x=y").replaceAll("\\s", "");
        assertTrue(
                json.startsWith(
                        "[{\"status\":\"moved\",\"image\":{\"name\":\"a:1\",\"labels\":{\"k\":\"v\",\"x\":\"y\"}"),
                json);
        assertTrue(json.contains("{\"status\":\"created\",\"image\":{\"name\":\"a:2\",\"labels\":{\"x\":\"y\"}"), json);
    }

    @Test
    void whatIsMissingIsAWarning() throws IOException {
        Descriptor missing = new Descriptor(MediaType.OCI_MANIFEST, "sha256:" + "0".repeat(64), 7);
        layout.list(layout.index(image, missing), Map.of(REF_NAME, "a:1")).list(image, Map.of(REF_NAME, "v1"));
        imaged.stdout("import", folder);
        assertEquals(
                "imaged: warning: " + image.digest() + " has no full name and is left out: give --base-name\n"
                        + "imaged: warning: a:1 needs " + missing.digest()
                        + " (application/vnd.oci.image.manifest.v1+json), which is not in the layout\n",
                imaged.err());
    }

    @Test
    void nothingIsWrittenWhenOneTargetIsBroken() throws IOException {
        Descriptor broken = layout.blob(MediaType.OCI_MANIFEST, "{}");
        layout.list(image, Map.of(REF_NAME, "a:1")).list(broken, Map.of(REF_NAME, "a:2"));
        String error = imaged.stderr(1, "import", folder);
        assertTrue(error.endsWith(": schemaVersion is missing: invalid argument\n"), error);
        Files.delete(layout.path(broken));
        error = imaged.stderr(1, "import", folder);
        assertTrue(error.endsWith(": not found\n"), error);
        assertEquals(List.of(), imaged.images("default").list(List.of()));
    }

    @Test
    void textThatIsNotUnicodeIsRefusedBeforeAnythingIsWritten() throws IOException {
        layout.list(image, Map.of(REF_NAME, "a:1"));
        for (Map<String, String> annotations : List.of(
                Map.of(REF_NAME, "a:\\ud800"), Map.of(REF_NAME, "a:2", "k", "\\ud800"), Map.of("\\ud800", "v"))) {
            new TestLayout(layout.folder()).list(image, Map.of(REF_NAME, "a:1")).list(image, annotations);
            String error = imaged.stderr(1, "import", folder);
            assertTrue(error.startsWith("imaged: " + folder + "/index.json: /manifests/1/annotations/"), error);
            assertTrue(error.contains(" is not Unicode text: unpaired surrogate at index "), error);
        }
        assertEquals(List.of(), imaged.images("default").list(List.of()));
    }

    @Test
    void noMessageRepeatsALongName() throws IOException {
        String large = "x".repeat(200_000);
        Descriptor missing = new Descriptor(MediaType.OCI_MANIFEST, "sha256:" + "0".repeat(64), 7);
        layout.list(layout.index(missing), Map.of(REF_NAME, "a/" + large));
        imaged.stdout("import", folder);
        assertTrue(imaged.err().length() < 500, imaged::err);
        assertTrue(imaged.err().contains(missing.digest()), imaged::err);
        layout.list(image, Map.of(REF_NAME, "a/" + large));
        String error = imaged.stderr(1, "import", folder);
        assertTrue(error.length() < 800, error);
        assertTrue(error.endsWith(" and " + image.digest() + ": invalid argument\n"), error);
        assertTrue(
                imaged.stderr(2, "import", folder, "--base-name", large + ":1").length() < 1500);
        assertTrue(imaged.stderr(2, "import", folder, "--label", large).length() < 1500);
    }

    @Test
    void whatWasDoneBeforeAFailureIsPrinted() throws IOException {
        layout.list(image, Map.of(REF_NAME, "a:1")).list(layout.blob("text/plain", ""), Map.of(REF_NAME, "a:2"));
        String error = imaged.stderr(1, "import", folder);
        assertEquals("imaged: target.Size must be greater than zero: invalid argument\n", error);
        assertTrue(imaged.out().contains("\na:1   created  "), imaged::out);
    }

    @Test
    void aLayoutWithoutNamesSaysWhatToDo() throws IOException {
        layout.list(image, Map.of());
        assertEquals(
                "imaged: " + folder + ": its image has no name: give --base-name NAME to register NAME:latest: "
                        + "invalid argument\n",
                imaged.stderr(1, "import", folder));
        imaged.stdout("import", folder, "--base-name", "localhost:5000/a");
        assertEquals(image.digest(), stored("localhost:5000/a:latest").target().digest());
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertEquals("imaged: /nothing: no such file or folder\n", imaged.stderr(1, "import", "/nothing"));
    }

    @Test
    void aBaseNameHasNoTag() {
        for (String name : List.of("a:1", "example.org/a:1", "a@sha256:00", "")) {
            String error = imaged.stderr(2, "import", folder, "--base-name", name);
            assertTrue(error.contains("must be a name without tag or digest"), error);
        }
    }
}
