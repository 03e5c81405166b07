package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.content.TestArchives;
import dev.imaged.content.TestLayout;
import dev.imaged.images.Image;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
                "imaged: warning: " + image.digest()
                        + " has only the tag v1 and is left out: give --base-name NAME to register NAME:v1\n"
                        + "imaged: warning: a:1 needs " + missing.digest()
                        + " (application/vnd.oci.image.manifest.v1+json), which is not in " + folder + "\n",
                imaged.err());
    }

    private static String leftOut(String folder, int registered, int leftOut) {
        return "imaged: " + folder + ": registered " + registered + ", left out " + leftOut + ": see the warnings\n";
    }

    @Test
    void anImageThatIsBrokenIsAWarningAndTheOthersAreRegistered() throws IOException {
        Descriptor broken = layout.blob(MediaType.OCI_MANIFEST, "{}");
        layout.list(broken, Map.of(REF_NAME, "a:2")).list(image, Map.of(REF_NAME, "a:1"));
        String error = imaged.stderr(1, "import", folder);
        assertEquals(
                "imaged: warning: a:2: " + broken.digest() + ": schemaVersion is missing: invalid argument: left out\n"
                        + leftOut(folder, 1, 1),
                error);
        assertTrue(imaged.out().contains("\na:1   created  "), imaged::out);
        Files.delete(layout.path(broken));
        error = imaged.stderr(1, "import", folder);
        assertTrue(error.endsWith(": not found: left out\n" + leftOut(folder, 1, 1)), error);
        assertEquals("a:1\n", imaged.stdout("images", "ls", "-q"));
    }

    @Test
    void aNameThatIsNotValidIsAWarningAndTheOthersAreRegistered() throws IOException {
        layout.list(image, Map.of(REF_NAME, "a:1,B:1")).list(image, Map.of("io.containerd.image.name", "c d"));
        assertEquals(
                "imaged: warning: " + image.digest()
                        + ": \"B:1\" is not a reference to an image: repository names are lower case: left out\n"
                        + "imaged: warning: " + image.digest() + ": \"c d\" is not a reference to an image: left out\n"
                        + leftOut(folder, 1, 2),
                imaged.stderr(1, "import", folder));
        assertEquals("a:1\n", imaged.stdout("images", "ls", "-q"));
    }

    @Test
    void severalImagesWithoutAnyValidNameAreAnError() throws IOException {
        layout.list(image, Map.of(REF_NAME, "v1")).list(image, Map.of(REF_NAME, "B:1"));
        String error = imaged.stderr(1, "import", folder);
        assertEquals(3, error.lines().count(), error);
        assertTrue(
                error.endsWith("imaged: " + folder
                        + ": has no images that can be registered: see the warnings: invalid argument\n"),
                error);
        new TestLayout(layout.folder());
        assertEquals("imaged: " + folder + ": has no images: invalid argument\n", imaged.stderr(1, "import", folder));
    }

    @Test
    void namesThatExistAreKeptWhenAskedTo() throws IOException {
        Descriptor old = new Descriptor(MediaType.OCI_MANIFEST, "sha256:" + "0".repeat(64), 7);
        imaged.images("default").create(new Image("a:1", Map.of("k", "v"), old));
        layout.list(image, Map.of(REF_NAME, "a:1,a:2"));
        String out = imaged.stdout("import", folder, "--keep-existing", "--label", "x=y");
        assertTrue(out.contains("\na:1   kept     "), out);
        assertTrue(out.contains("\na:2   created  "), out);
        assertEquals(old, stored("a:1").target());
        assertEquals(Map.of("k", "v"), stored("a:1").labels());
        assertTrue(imaged.stdout("import", folder).contains("\na:1   moved  "), imaged::out);
    }

    @Test
    void anArchiveIsReadFromStandardInput() throws IOException {
        layout.list(image, Map.of(REF_NAME, "a:1"));
        InputStream stdin = System.in;
        try (InputStream in = Files.newInputStream(TestArchives.compress(layout.tar(), "zstd"))) {
            System.setIn(in);
            imaged.stdout("import", "-");
            System.setIn(new ByteArrayInputStream(new byte[0]));
            assertEquals("imaged: standard input: is empty: invalid argument\n", imaged.stderr(1, "import", "-"));
        } finally {
            System.setIn(stdin);
        }
        assertEquals(image.digest(), stored("a:1").target().digest());
    }

    @Test
    void limitsOfWhatIsUnpackedAreOptionsAndErrorsNameThem() throws IOException {
        layout.list(image, Map.of(REF_NAME, "a:1")).file("zeros", "0".repeat(20 << 20));
        String archive = TestArchives.compress(layout.tar(), "zstd").toString();
        String options = "; --max-unpacked-mib, --max-unpack-ratio and --temp-dir set the limits\n";
        assertEquals(
                "imaged: " + archive + ": unpacks to more than 200 times its size, the limit of the ratio" + options,
                imaged.stderr(1, "import", archive));
        assertEquals(
                "imaged: " + archive + ": unpacks to more than 1048576 bytes, the limit of its unpacked size" + options,
                imaged.stderr(1, "import", archive, "--max-unpacked-mib", "1"));
        assertEquals(
                "imaged: " + archive + ": cannot be unpacked into /nothing: no such folder" + options,
                imaged.stderr(1, "import", archive, "--temp-dir", "/nothing"));
        imaged.stdout("import", archive, "--max-unpack-ratio", "1000000");
        String ratio = imaged.stderr(1, "inspect", image.digest(), "--content", archive);
        assertTrue(ratio.endsWith("the limit of the ratio" + options), ratio);
        imaged.stdout("inspect", image.digest(), "--content", archive, "--max-unpack-ratio", "1000000");
        for (String option : List.of("--max-unpacked-mib", "--max-unpack-ratio")) {
            String error = imaged.stderr(2, "import", archive, option, "0");
            assertTrue(error.startsWith("imaged: " + option + ": 0 must be a number from 1 to "), error);
        }
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
        layout.list(layout.index(missing), Map.of(REF_NAME, "a/" + "x".repeat(230)));
        imaged.stdout("import", folder);
        assertTrue(imaged.err().length() < 500, imaged::err);
        assertTrue(imaged.err().contains(missing.digest()), imaged::err);
        layout.list(image, Map.of(REF_NAME, "a/" + large));
        String error = imaged.stderr(1, "import", folder);
        assertTrue(error.length() < 1000, error);
        assertTrue(error.endsWith(leftOut(folder, 1, 1)), error);
        assertTrue(
                imaged.stderr(2, "import", folder, "--base-name", large + ":1").length() < 1500);
        assertTrue(imaged.stderr(2, "import", folder, "--label", large).length() < 1500);
    }

    @Test
    void whatTheStoreRefusesIsAWarning() throws IOException {
        layout.list(layout.blob("text/plain", ""), Map.of(REF_NAME, "a:2")).list(image, Map.of(REF_NAME, "a:1"));
        assertEquals(
                "imaged: warning: a:2: target.Size must be greater than zero: invalid argument: left out\n"
                        + leftOut(folder, 1, 1),
                imaged.stderr(1, "import", folder));
        assertTrue(imaged.out().contains("\na:1   created  "), imaged::out);
    }

    @Test
    void aLayoutWithoutNamesSaysWhatToDo() throws IOException {
        layout.list(image, Map.of());
        assertEquals(
                "imaged: " + folder + ": " + image.digest()
                        + " has no name and is left out: give --base-name NAME to register NAME:latest: invalid argument\n",
                imaged.stderr(1, "import", folder));
        imaged.stdout("import", folder, "--base-name", "localhost:5000/a");
        assertEquals(image.digest(), stored("localhost:5000/a:latest").target().digest());
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertEquals("imaged: /nothing: no such file or folder\n", imaged.stderr(1, "import", "/nothing"));
    }

    @Test
    void aBaseNameIsANameWithoutTag() {
        for (String name : List.of("a:1", "example.org/a:1", "a@sha256:00", "", "A", "a b")) {
            String error = imaged.stderr(2, "import", folder, "--base-name", name);
            assertTrue(error.contains("must be a name without tag or digest"), error);
        }
        String upper = imaged.stderr(2, "import", folder, "--base-name", "A");
        assertTrue(upper.contains(": it is not a reference to an image: repository names are lower case"), upper);
    }

    @Test
    void imagesOfAnotherDaemonAreCopiedAsTheyAre() {
        for (List<String> option :
                List.of(List.of("--base-name", "a"), List.of("--keep-existing"), List.of("--label", "k=v"))) {
            List<String> arguments = new ArrayList<>(List.of("import", "--from", "/s"));
            arguments.addAll(option);
            String error = imaged.stderr(2, arguments.toArray(String[]::new));
            assertTrue(error.contains("leave out --base-name, --keep-existing and --label"), error);
        }
    }
}
