package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.oci.MediaType;
import dev.imaged.server.Buildah;
import dev.imaged.server.ContainerdProcess;
import dev.imaged.server.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Imports what buildah and skopeo really write. */
class ImportIT {
    private static final String ONE = "localhost/one:1";
    private static final String MANY = "localhost/many:1";

    private static Buildah buildah;

    private Path temp;

    private final CommandLineFixture imaged = new CommandLineFixture(new InMemoryImageStores());

    @BeforeAll
    static void build(@TempDir Path storage) throws IOException {
        buildah = new Buildah(storage);
        buildah.image(ONE, "amd64");
        buildah.image("localhost/amd64:1", "amd64");
        buildah.image("localhost/arm64:1", "arm64");
        buildah.index(MANY, "localhost/amd64:1", "localhost/arm64:1");
    }

    @BeforeEach
    void useFolder(@TempDir Path folder) {
        temp = folder;
    }

    private Image stored(String name) {
        return imaged.images("default").get(name);
    }

    /** Where a transport of buildah or skopeo writes to. */
    private Path layout(String transport) {
        return temp.resolve(transport.equals("oci") ? "layout" : "layout.tar");
    }

    @ParameterizedTest
    @ValueSource(strings = {"oci", "oci-archive"})
    void anImageIsImportedByItsFullName(String transport) throws IOException {
        buildah.run("push", ONE, transport + ":" + layout(transport) + ":" + ONE);
        assertTrue(imaged.stdout("import", layout(transport).toString()).contains(ONE + "  created"), imaged::out);
        assertEquals("", imaged.err());
        assertEquals(MediaType.OCI_MANIFEST, stored(ONE).target().mediaType());
        assertTrue(imaged.stdout("import", layout(transport).toString()).contains(ONE + "  unchanged"), imaged::out);
    }

    @ParameterizedTest
    @ValueSource(strings = {"oci", "oci-archive"})
    void anImageIsImportedByItsTag(String transport) throws IOException {
        buildah.run("push", ONE, transport + ":" + layout(transport) + ":v1");
        String error = imaged.stderr(1, "import", layout(transport).toString());
        assertTrue(error.contains("give --base-name NAME to register NAME:v1"), error);
        imaged.stdout("import", layout(transport).toString(), "--base-name", "example.org/one");
        assertEquals(
                MediaType.OCI_MANIFEST, stored("example.org/one:v1").target().mediaType());
    }

    @ParameterizedTest
    @ValueSource(strings = {"oci", "oci-archive"})
    void anImageWithoutANameIsTheLatest(String transport) throws IOException {
        buildah.run("push", ONE, transport + ":" + layout(transport));
        imaged.stdout("import", layout(transport).toString(), "--base-name", "example.org/one");
        assertEquals("example.org/one:latest\n", imaged.stdout("images", "ls", "-q"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"oci", "oci-archive"})
    void anImageForSeveralPlatformsIsImported(String transport) throws IOException {
        buildah.run("manifest", "push", "--all", MANY, transport + ":" + layout(transport) + ":v1");
        imaged.stdout("import", layout(transport).toString(), "--base-name", "example.org/many");
        assertEquals("", imaged.err());
        assertEquals(MediaType.OCI_INDEX, stored("example.org/many:v1").target().mediaType());
    }

    @Test
    void anIndexWithoutItsImagesIsImportedWithWarnings() throws IOException {
        buildah.run("manifest", "push", MANY, "oci:" + layout("oci") + ":v1");
        imaged.stdout("import", layout("oci").toString(), "--base-name", "example.org/many");
        assertEquals(2, imaged.err().lines().count(), imaged::err);
        assertTrue(imaged.err().contains("which is not in " + layout("oci")), imaged::err);
    }

    @Test
    void aTagThatWasPushedAgainIsMoved() throws IOException {
        buildah.run("push", "localhost/amd64:1", "oci:" + layout("oci") + ":v1");
        imaged.stdout("import", layout("oci").toString(), "--base-name", "a");
        Image before = stored("a:v1");
        buildah.run("push", "localhost/arm64:1", "oci:" + layout("oci") + ":v1");
        assertTrue(imaged.stdout("import", layout("oci").toString(), "--base-name", "a")
                .contains(" moved "));
        assertTrue(!stored("a:v1").target().digest().equals(before.target().digest()));
        assertEquals(before.createdAt(), stored("a:v1").createdAt());
    }

    @Test
    void whatSkopeoCopiesIsImported() throws IOException {
        Peers.require("skopeo");
        buildah.run("manifest", "push", "--all", MANY, "oci:" + layout("oci") + ":v1");
        Path copy = temp.resolve("copy");
        Path tar = temp.resolve("copy.tar");
        Peers.run("skopeo", "copy", "--all", "oci:" + layout("oci") + ":v1", "oci:" + copy + ":all");
        Peers.run("skopeo", "copy", "oci:" + layout("oci") + ":v1", "oci:" + copy + ":example.org/one:2");
        Peers.run("skopeo", "copy", "--all", "oci:" + layout("oci") + ":v1", "oci-archive:" + tar + ":v3");
        imaged.stdout("import", copy.toString(), "--base-name", "example.org/many");
        imaged.stdout("import", tar.toString(), "--base-name", "example.org/many");
        assertEquals(
                "example.org/many:all\nexample.org/many:v3\nexample.org/one:2\n", imaged.stdout("images", "ls", "-q"));
        assertEquals(
                stored("example.org/many:all").target().digest(),
                stored("example.org/many:v3").target().digest());
        assertEquals(
                MediaType.OCI_MANIFEST, stored("example.org/one:2").target().mediaType());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zstd", "xz", "bzip2"})
    void whatToolsWriteIsImportedAlsoCompressed(String program) throws IOException {
        Peers.require("skopeo", program);
        Path layout = layout("oci");
        buildah.run("push", ONE, "oci:" + layout + ":" + ONE);
        buildah.run("push", ONE, "oci-archive:" + temp.resolve("buildah-oci.tar") + ":" + ONE);
        buildah.run("push", ONE, "docker-archive:" + temp.resolve("buildah-docker.tar") + ":" + ONE);
        for (String form : List.of("oci", "docker")) {
            String target = form + "-archive:" + temp.resolve("skopeo-" + form + ".tar") + ":" + ONE;
            Peers.run("skopeo", "copy", "oci:" + layout + ":" + ONE, target);
        }
        imaged.stdout("import", layout.toString());
        String digest = stored(ONE).target().digest();
        for (String tar : List.of("buildah-oci.tar", "buildah-docker.tar", "skopeo-oci.tar", "skopeo-docker.tar")) {
            String plain = imported(temp.resolve(tar));
            assertTrue(tar.contains("docker") || plain.equals(digest), plain);
            assertEquals(plain, imported(compressed(program, temp.resolve(tar))));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zstd", "xz", "bzip2"})
    void whatContainerdExportsIsImportedAlsoCompressed(String program) throws Exception {
        Peers.require(program);
        Path saved = temp.resolve("saved.tar");
        buildah.run("push", ONE, "docker-archive:" + saved + ":" + ONE);
        Path exported = temp.resolve("exported.tar");
        ContainerdProcess containerd = ContainerdProcess.start(Files.createDirectory(temp.resolve("containerd")));
        try {
            containerd.ctr("default", "images", "import", "--no-unpack", "--all-platforms", saved.toString());
            containerd.ctr("default", "images", "export", "--all-platforms", exported.toString(), ONE);
        } finally {
            containerd.stop();
        }
        imaged.stdout("import", saved.toString());
        String digest = stored(ONE).target().digest();
        assertEquals(digest, imported(exported));
        assertEquals(digest, imported(compressed(program, exported)));
    }

    /** Compresses a file with the real program. */
    private static Path compressed(String program, Path file) throws IOException {
        Peers.run(program, "-k", file.toString());
        try (Stream<Path> files = Files.list(file.getParent())) {
            return files.filter(other -> other.toString().startsWith(file + "."))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Imports an archive, all of whose content has to be there, and returns the digest of the image. */
    private String imported(Path archive) {
        imaged.images("default").delete(ONE);
        assertTrue(imaged.stdout("import", archive.toString()).contains(ONE + "  created"), imaged::out);
        assertEquals("", imaged.err());
        String tree = imaged.stdout("inspect", ONE, "--content", archive.toString());
        assertTrue(tree.contains("present") && !tree.contains("missing"), tree);
        return stored(ONE).target().digest();
    }

    @Test
    void aTarOfTheFolderIsImported() throws IOException {
        Peers.require("tar");
        buildah.run("push", ONE, "oci:" + layout("oci") + ":" + ONE);
        Path tar = temp.resolve("own.tar");
        Peers.run("tar", "--format=gnu", "-C", layout("oci").toString(), "-cf", tar.toString(), ".");
        assertTrue(imaged.stdout("import", tar.toString()).contains(ONE + "  created"), imaged::out);
    }
}
