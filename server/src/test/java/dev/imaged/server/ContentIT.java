package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.content.Blobs;
import dev.imaged.content.BlobsFolder;
import dev.imaged.content.ContentInfo;
import dev.imaged.content.ContentProvider;
import dev.imaged.content.ContentReader;
import dev.imaged.content.DockerReference;
import dev.imaged.content.Documents;
import dev.imaged.content.ImageArchive;
import dev.imaged.content.InMemoryContent;
import dev.imaged.content.LocalContent;
import dev.imaged.content.TestTar;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Manifest;
import dev.imaged.remote.RemoteContent;
import dev.imaged.remote.RemoteImageStores;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives of every kind that a real containerd imported, and its content through its API. */
class ContentIT {
    private static final String CONFIG =
            "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\"," + "\"diff_ids\":[]}}";
    private static final int LARGE_BYTES = 20 << 20;

    @TempDir
    private static Path folder;

    private static ContainerdProcess containerd;
    private static RemoteImageStores stores;

    private String namespace;
    private RemoteContent content;
    private Path temp;

    @BeforeAll
    static void start() throws Exception {
        containerd = ContainerdProcess.start(folder);
        stores = RemoteImageStores.connect(containerd.address());
    }

    @AfterAll
    static void stop() throws Exception {
        if (containerd != null) {
            stores.close();
            containerd.stop();
        }
    }

    @BeforeEach
    void useANamespaceOfTheTest(TestInfo test, @TempDir Path empty) {
        namespace = test.getTestMethod().orElseThrow().getName() + "-"
                + test.getDisplayName().hashCode();
        namespace = namespace.replace("--", "-");
        content = stores.content(namespace);
        temp = empty;
    }

    private void importArchive(Path tar) throws IOException {
        containerd.ctr(
                namespace,
                "images",
                "import",
                "--all-platforms",
                "--no-unpack",
                "--digests",
                "--skip-digest-for-named",
                "--base-name",
                "unnamed",
                tar.toString());
    }

    /** Returns the digest of each name that an archive gives, as we read it. */
    private static Map<String, String> named(ImageArchive archive) {
        Map<String, String> names = new TreeMap<>();
        for (Descriptor image : archive.manifests()) {
            String name = image.annotations().getOrDefault(ImageArchive.NAME_ANNOTATION, "unnamed@" + image.digest());
            names.put(name, image.digest());
        }
        return names;
    }

    private Map<String, String> stored() {
        Map<String, String> names = new TreeMap<>();
        for (Image image : stores.namespace(namespace).list()) {
            names.put(image.name(), image.target().digest());
        }
        return names;
    }

    /** Compares names, manifests and every blob of an archive with what containerd made of it, and counts the blobs. */
    private int assertSame(Path tar) throws IOException {
        importArchive(tar);
        ImageArchive archive = LocalContent.archive(tar);
        assertEquals(stored(), named(archive));
        int blobs = 0;
        for (Descriptor image : archive.manifests()) {
            Manifest manifest = Documents.of(archive).manifest(image);
            List<Descriptor> all = new ArrayList<>(manifest.layers());
            all.add(image);
            all.add(manifest.config());
            for (Descriptor blob : all) {
                byte[] bytes = Blobs.read(archive, blob);
                for (ContentProvider source : List.of(content, BlobsFolder.open(containerd.content()))) {
                    assertArrayEquals(bytes, Blobs.read(source, blob), blob::toString);
                }
                blobs++;
            }
        }
        return blobs;
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private TestTar tar() throws IOException {
        return new TestTar(temp.resolve("docker.tar"));
    }

    private static String manifest(String tags, String... layers) {
        String files = Stream.of(layers).map(layer -> "\"" + layer + "\"").collect(Collectors.joining(","));
        return "{\"Config\":\"config.json\",\"RepoTags\":" + tags + ",\"Layers\":[" + files + "]}";
    }

    @Test
    void layersOfEveryKindAreTypedAsContainerdTypesThem() throws IOException {
        TestTar tar = tar().file("config.json", CONFIG)
                .file("plain", "layer")
                .file("empty", "")
                .file("gzip", gzip("layer"))
                .file("zstd", HexFormat.of().parseHex("28b52ffd04000000"))
                .file("skippable", HexFormat.of().parseHex("502a4d1800000000"))
                .file(
                        "manifest.json",
                        "[" + manifest("[\"app:v1\"]", "plain", "empty", "gzip", "zstd", "skippable", "plain") + "]");
        assertEquals(8, assertSame(tar.write()));
    }

    @Test
    void linkedLayersAreThoseOfContainerd() throws IOException {
        TestTar tar = tar().file("config.json", CONFIG)
                .file("0/layer.tar", "layer")
                .symbolicLink("1/layer.tar", "../0/layer.tar")
                .file("manifest.json", "[" + manifest("[\"app:v1\"]", "0/layer.tar", "1/layer.tar") + "]");
        assertEquals(4, assertSame(tar.write()));
    }

    @Test
    void namesAreThoseOfContainerd() throws IOException {
        String tags =
                "[\"app\",\"app:v1\",\"team/app:v1\",\"localhost/app:1\",\"localhost:5000/app\",\"quay.io/a/b:c\","
                        + "\"index.docker.io/other:1\",\"docker.io/more\",\"app:v2@sha256:" + "a".repeat(64) + "\"]";
        TestTar tar = tar().file("config.json", CONFIG)
                .file("layer", "layer")
                .file("manifest.json", "[" + manifest(tags, "layer") + "," + manifest("null") + "]");
        assertTrue(assertSame(tar.write()) > 20);
        assertEquals(10, stored().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"App", "app:", "a..b", "example-.org/a", "a@sha256:00"})
    void aNameThatContainerdRefusesIsNotValidHereEither(String name) throws IOException {
        Path tar = tar().file("config.json", CONFIG)
                .file("layer", "layer")
                .file("manifest.json", "[" + manifest("[\"" + name + "\"]", "layer") + "]")
                .write();
        assertThrows(AssertionError.class, () -> importArchive(tar));
        List<String> names =
                ImageArchive.names(LocalContent.archive(tar).manifests().get(0));
        assertEquals(List.of(name), names);
        assertTrue(DockerReference.problem(name).isPresent());
    }

    @Test
    void whatBuildahSavesIsTheSame() throws IOException {
        Buildah buildah = new Buildah(Files.createDirectory(temp.resolve("storage")));
        int blobs = 0;
        for (String format : List.of("oci", "docker")) {
            String name = "localhost/" + format + ":1";
            buildah.image(name, "amd64", "", format, 2);
            for (String transport : List.of("docker-archive", "oci-archive")) {
                Path tar = temp.resolve(format + "-" + transport + ".tar");
                buildah.run("push", name, transport + ":" + tar + ":" + name);
                blobs += assertSame(tar);
                stored().keySet().forEach(stores.namespace(namespace)::delete);
            }
        }
        assertEquals(4 * 4, blobs);
    }

    /** Imports an image of a config and a layer, and returns the layer. */
    private Descriptor importLayer(byte[] layer) throws IOException {
        Path tar = tar().file("config.json", CONFIG)
                .file("layer", layer)
                .file("manifest.json", "[" + manifest("[\"app:v1\"]", "layer") + "]")
                .write();
        importArchive(tar);
        ImageArchive archive = LocalContent.archive(tar);
        return Documents.of(archive)
                .manifest(archive.manifests().get(0))
                .layers()
                .get(0);
    }

    @Test
    void aLargeBlobIsReadFromEverywhere() throws IOException {
        byte[] bytes = new byte[LARGE_BYTES];
        new Random(1).nextBytes(bytes);
        Descriptor layer = importLayer(bytes);
        Blobs.verify(content, layer);
        try (ContentReader reader = content.open(layer)) {
            ByteBuffer part = ByteBuffer.allocate(1000);
            for (int position : new int[] {0, 1000, LARGE_BYTES - 1000, 12_345_678, 1 << 20}) {
                part.clear();
                while (part.hasRemaining()) {
                    assertTrue(reader.read(part, position + part.position()) > 0);
                }
                assertEquals(ByteBuffer.wrap(bytes, position, 1000), part.flip());
            }
            assertEquals(-1, reader.read(part, LARGE_BYTES));
        }
    }

    @Test
    void labelsAreWhatCtrLists() throws IOException {
        Descriptor layer = importLayer(new byte[] {1, 2, 3});
        Map<String, String> before = content.info(layer.digest()).labels();
        ContentInfo after = content.label(layer.digest(), Map.of("example.org/k", "v", "plain", "w"));
        assertEquals("v", after.labels().get("example.org/k"));
        assertEquals(after, content.info(layer.digest()));
        String row = row(layer);
        assertTrue(row.contains("example.org/k=v") && row.contains("plain=w"), row);

        content.label(layer.digest(), Map.of("example.org/k", "", "plain", ""));
        assertEquals(before, content.info(layer.digest()).labels());
        assertTrue(!row(layer).contains("example.org/k"), row(layer));
    }

    private String row(Descriptor blob) throws IOException {
        return containerd
                .ctr(namespace, "content", "ls")
                .lines()
                .filter(line -> line.startsWith(blob.digest()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void noLabelsLeaveTheLabelsAsTheyAre() throws IOException {
        Descriptor layer = importLayer(new byte[] {4, 5, 6});
        ContentInfo labelled = content.label(layer.digest(), Map.of("k", "v"));
        assertEquals(labelled, content.label(layer.digest(), Map.of()));
        assertEquals(labelled, content.info(layer.digest()));
    }

    @Test
    void theRulesOfLabelsAreThoseOfContentInMemory() throws IOException {
        Descriptor layer = importLayer(new byte[] {7, 8, 9});
        InMemoryContent memory = new InMemoryContent();
        memory.add("text/plain", new byte[] {7, 8, 9});
        List<Map<String, String>> labels = List.of(
                Map.of("k", "v".repeat(4095)),
                Map.of("k", "v".repeat(4096)),
                Map.of("k", "é".repeat(2048)),
                Map.of("", "v"),
                Map.of("", ""),
                Map.of("a.b", "c"),
                Map.of("a b", "é\n"));
        for (Map<String, String> change : labels) {
            assertEquals(
                    outcome(() -> memory.label(layer.digest(), change)),
                    outcome(() -> content.label(layer.digest(), change)),
                    change.toString());
        }
        assertEquals(
                memory.info(layer.digest()).labels(),
                content.info(layer.digest()).labels());
    }

    private interface Call {
        Object run() throws IOException;
    }

    private static String outcome(Call call) throws IOException {
        try {
            call.run();
            return "done";
        } catch (ImageException e) {
            return e.getClass().getSimpleName();
        }
    }

    @Test
    void whatCtrRemovesIsNotFound() throws IOException {
        Descriptor layer = importLayer(new byte[] {9, 9, 9});
        Blobs.verify(content, layer);
        containerd.ctr(namespace, "content", "rm", layer.digest());
        assertThrows(NotFound.class, () -> content.open(layer));
        assertThrows(NotFound.class, () -> content.info(layer.digest()));
        assertThrows(NotFound.class, () -> content.label(layer.digest(), Map.of("k", "v")));
    }
}
