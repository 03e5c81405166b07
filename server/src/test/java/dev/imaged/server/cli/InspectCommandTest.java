package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.content.TestLayout;
import dev.imaged.images.Image;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
    private final CommandLineFixture imaged = new CommandLineFixture(new InMemoryImageStores());
    private TestLayout layout;
    private Descriptor config;
    private Descriptor layer;
    private Descriptor image;
    private Descriptor index;
    private String folder;

    @BeforeEach
    void writeLayout(@TempDir Path temp) throws IOException {
        layout = new TestLayout(temp.resolve("layout"));
        config = layout.blob(MediaType.OCI_CONFIG, "{\"architecture\":\"s390x\",\"os\":\"linux\"}");
        layer = layout.blob(MediaType.OCI_LAYER_GZIP, "x".repeat(1536));
        image = layout.manifest(config, layer);
        index = layout.index(image);
        folder = layout.folder().toString();
        imaged.images("default").create(new Image("a:1", Map.of("k", "v"), index));
    }

    /** Returns lines with the digests of the fixture in place of their names. */
    private String digests(String lines) {
        return lines.replace("INDEX", index.digest())
                .replace("IMAGE", image.digest())
                .replace("CONFIG", config.digest())
                .replace("LAYER", layer.digest());
    }

    @Test
    void theTreeOfAnImageIsShown() {
        String tree = digests("""
                CONTENT     PLATFORM     SIZE     COMPRESSION  STATUS   DIGEST
                index       -            %d.0 B  -            present  INDEX
                  manifest  linux/s390x  %d.0 B  -            present  IMAGE
                    config  -            37.0 B   -            present  CONFIG
                    layer   -            1.5 KiB  gzip         present  LAYER
                """.formatted(index.size(), image.size()));
        assertEquals(tree, imaged.stdout("inspect", "a:1", "--content", folder));
        assertEquals(tree, imaged.stdout("inspect", index.digest(), "--content", folder));
    }

    @Test
    void whatIsMissingIsShown() throws IOException {
        Files.delete(layout.path(layer));
        assertTrue(
                imaged.stdout("inspect", "a:1", "--content", folder)
                        .contains("gzip         missing  " + layer.digest()),
                imaged::out);
        Files.delete(layout.path(image));
        String shown = imaged.stdout("inspect", "a:1", "--content", folder);
        assertTrue(shown.contains("missing  " + image.digest()), shown);
        assertEquals(3, shown.lines().count(), shown);
    }

    /** An artifact whose config and layer are in its manifest alone. */
    @Test
    void embeddedContentIsPresent(@TempDir Path temp) throws IOException {
        Path tar = temp.resolve("oci-data.tar");
        Files.copy(Objects.requireNonNull(TestLayout.class.getResourceAsStream("/archives/oci-data.tar")), tar);
        assertEquals("", imaged.stderr(0, "import", tar.toString()));
        String shown = imaged.stdout("inspect", "reg.example/art:v1", "--content", tar.toString());
        assertEquals(
                List.of("manifest present", "other present", "other present"),
                shown.lines()
                        .skip(1)
                        .map(line -> line.strip().split(" +"))
                        .map(cells -> cells[0] + " " + cells[cells.length - 2])
                        .toList());
        assertEquals("", imaged.err());
    }

    @Test
    void dataThatIsNotTheContentIsReported() throws IOException {
        Descriptor wrong = layout.manifest(config.withData("e30="), layer.withData("AAAA"));
        Files.delete(layout.path(layer));
        assertEquals(
                "imaged: warning: " + config.digest()
                        + ": the descriptor's data has 2 bytes instead of 37 and does not count\n"
                        + "imaged: warning: " + layer.digest()
                        + ": the descriptor's data has 3 bytes instead of 1536 and does not count\n",
                imaged.stderr(0, "inspect", wrong.digest(), "--content", folder));
        assertTrue(imaged.out().contains("present  " + config.digest()), imaged::out);
        assertTrue(imaged.out().contains("missing  " + layer.digest()), imaged::out);
    }

    @Test
    void anImportReportsDataThatIsNotTheContent() throws IOException {
        layout.list(
                layout.manifest(config.withData("e30="), layer),
                Map.of("org.opencontainers.image.ref.name", "reg.example/app:v1"));
        assertEquals(
                "imaged: warning: reg.example/app:v1: " + config.digest()
                        + ": the descriptor's data has 2 bytes instead of 37 and does not count\n",
                imaged.stderr(0, "import", folder));
    }

    @Test
    void anIndexWithTooManyEntriesIsRefused() throws IOException {
        Descriptor many = layout.index(Collections.nCopies(10_001, image).toArray(Descriptor[]::new));
        assertEquals(
                "imaged: " + many.digest() + ": too many descriptors (limit 10000): resource exhausted\n",
                imaged.stderr(1, "inspect", many.digest(), "--content", folder));
    }

    @Test
    void oneImageOfAnIndexIsShown() throws IOException {
        Descriptor other = layout.image("other").withPlatform(new Platform("linux", "amd64"));
        imaged.images("default").create(new Image("a:2", layout.index(image, other)));
        assertEquals(
                8, imaged.stdout("inspect", "a:2", "--content", folder).lines().count());
        String shown = imaged.stdout("inspect", "a:2", "--content", folder, "--platform", "linux/s390x");
        assertEquals(5, shown.lines().count(), shown);
        assertTrue(shown.contains(image.digest()), shown);
        assertEquals(
                "imaged: no match for platform in manifest " + digestOf("a:2") + ": not found\n",
                imaged.stderr(1, "inspect", "a:2", "--content", folder, "--platform", "windows/amd64"));
    }

    private String digestOf(String name) {
        return imaged.images("default").get(name).target().digest();
    }

    @Test
    void jsonHasALineForEachDescriptor() {
        String json = imaged.stdout("inspect", image.digest(), "--content", folder, "-o", "json")
                .replaceAll("\\s", "");
        assertTrue(
                json.startsWith("[{\"kind\":\"manifest\",\"depth\":0,\"present\":true,\"platform\":\"linux/s390x\","
                        + "\"compression\":\"\",\"descriptor\":{\"mediaType\":\"" + MediaType.OCI_MANIFEST),
                json);
        assertTrue(
                json.contains("{\"kind\":\"layer\",\"depth\":1,\"present\":true,\"platform\":\"\","
                        + "\"compression\":\"gzip\""),
                json);
    }

    @Test
    void whatCannotBeShownSaysWhy() throws IOException {
        assertEquals("imaged: image \"b\": not found\n", imaged.stderr(1, "inspect", "b", "--content", folder));
        String absent = "sha256:" + "0".repeat(64);
        assertTrue(
                imaged.stderr(1, "inspect", absent, "--content", folder).startsWith("imaged: content " + absent),
                imaged::err);
        assertTrue(
                imaged.stderr(1, "inspect", layer.digest(), "--content", folder).contains(layer.digest()), imaged::err);
        assertTrue(
                imaged.stderr(2, "inspect", "a:1").contains("Missing required option: '--content=SOURCE'"),
                imaged::err);
        assertTrue(
                imaged.stderr(2, "inspect", "a:1", "--content", folder, "--platform", "vax")
                        .contains("unknown operating system or architecture"),
                imaged::err);
        assertEquals(
                "imaged: " + layout.folder().resolve("none") + ": no such file or folder\n",
                imaged.stderr(1, "inspect", "a:1", "--content", folder + "/none"));
        layout.file("blobs/" + image.digest().replace(':', '/'), "{}");
        assertTrue(
                imaged.stderr(1, "inspect", "a:1", "--content", folder)
                        .contains(image.digest() + ": has 2 bytes instead of " + image.size()),
                imaged::err);
    }

    @Test
    void aListShowsPlatformsAndSizes() throws IOException {
        Descriptor local = layout.image("local");
        imaged.images("default").create(new Image("b:1", local));
        imaged.images("default")
                .create(new Image("c:1", new Descriptor(MediaType.OCI_INDEX, "sha256:" + "0".repeat(64), 1)));
        String[] lines =
                imaged.stdout("images", "ls", "--content", folder).lines().toArray(String[]::new);
        assertEquals("NAME TYPE DIGEST SIZE PLATFORMS LABELS", lines[0].replaceAll(" +", " "));
        assertEquals(
                "a:1 %s %s - linux/s390x k=v".formatted(MediaType.OCI_INDEX, index.digest()),
                lines[1].replaceAll(" +", " "));
        long size = local.size() + 37 + "local".length();
        assertEquals(
                "b:1 %s %s %d.0 B linux/amd64 -".formatted(MediaType.OCI_MANIFEST, local.digest(), size),
                lines[2].replaceAll(" +", " "));
        assertTrue(lines[3].matches("c:1 .* - +- +-"), lines[3]);
        assertTrue(imaged.err().startsWith("imaged: warning: c:1: content sha256:0000"), imaged::err);
        assertEquals(1, imaged.err().lines().count(), imaged::err);
        String json = imaged.stdout("images", "ls", "name==b:1", "--content", folder, "-o", "json")
                .replaceAll("\\s", "");
        assertTrue(json.endsWith(",\"platforms\":[\"linux/amd64\"],\"size\":" + size + "}]"), json);
    }

    @Test
    void sizesAreShortened() {
        assertEquals("0.0 B", ByteSize.format(0));
        assertEquals("1023.0 B", ByteSize.format(1023));
        assertEquals("1.0 KiB", ByteSize.format(1024));
        assertEquals("8.0 EiB", ByteSize.format(Long.MAX_VALUE));
    }
}
