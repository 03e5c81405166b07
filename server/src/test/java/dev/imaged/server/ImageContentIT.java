package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.content.Blobs;
import dev.imaged.content.BlobsFolder;
import dev.imaged.content.ContentInfo;
import dev.imaged.content.ContentProvider;
import dev.imaged.content.ContentReader;
import dev.imaged.content.Documents;
import dev.imaged.content.ImageArchive;
import dev.imaged.content.LocalContent;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Availability;
import dev.imaged.images.Handlers;
import dev.imaged.images.Image;
import dev.imaged.images.ImageContent;
import dev.imaged.images.Walk;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import dev.imaged.oci.PlatformMatcher;
import dev.imaged.remote.RemoteContent;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images that buildah built and a real containerd imported: what we read in them, in every form of content, against what
 * {@code ctr} says of them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImageContentIT {
    private static final String NAMESPACE = "default";
    private static final String GZIP = "localhost/gzip:1";
    private static final String ZSTD = "localhost/zstd:1";
    private static final String DOCKER = "localhost/docker:1";
    private static final String MANY = "localhost/many:1";
    private static final List<String> NAMES = List.of(DOCKER, GZIP, MANY, ZSTD);
    private static final Pattern DIFF_IDS = Pattern.compile("\"diff_ids\":\\[([^]]*)]");

    private final Map<String, Path> archives = new TreeMap<>();
    private ContainerdProcess containerd;
    private RemoteImageStores stores;

    @BeforeAll
    void buildAndImport(@TempDir Path folder) throws Exception {
        Peers.require("containerd", "ctr", "buildah");
        Buildah buildah = new Buildah(Files.createDirectory(folder.resolve("storage")));
        buildah.image(GZIP, "amd64", "", "oci", 3);
        buildah.image(DOCKER, "amd64", "", "docker", 3);
        buildah.image("localhost/amd64:1", "amd64", "", "oci", 1);
        buildah.image("localhost/armv6:1", "arm", "v6", "oci", 1);
        buildah.image("localhost/armv7:1", "arm", "v7", "oci", 2);
        buildah.image("localhost/arm64:1", "arm64", "v8", "oci", 1);
        buildah.index(MANY, "localhost/armv6:1", "localhost/armv7:1", "localhost/amd64:1", "localhost/arm64:1");
        for (String name : NAMES) {
            archives.put(name, folder.resolve(name.replaceAll("\\W", "-") + ".tar"));
        }
        buildah.run("push", GZIP, "oci-archive:" + archives.get(GZIP) + ":" + GZIP);
        buildah.run("push", "--compression-format", "zstd", GZIP, "oci-archive:" + archives.get(ZSTD) + ":" + ZSTD);
        buildah.run("push", DOCKER, "docker-archive:" + archives.get(DOCKER) + ":" + DOCKER);
        buildah.run("manifest", "push", "--all", MANY, "oci-archive:" + archives.get(MANY) + ":" + MANY);

        containerd = ContainerdProcess.start(Files.createDirectory(folder.resolve("containerd")));
        stores = RemoteImageStores.connect(containerd.address());
        for (String name : NAMES) {
            importArchive(NAMESPACE, name);
        }
    }

    private void importArchive(String namespace, String name) throws IOException {
        String archive = archives.get(name).toString();
        containerd.ctr(namespace, "images", "import", "--all-platforms", "--no-unpack", archive);
    }

    @AfterAll
    void stop() throws Exception {
        if (containerd != null) {
            stores.close();
            containerd.stop();
        }
    }

    private RemoteContent remote() {
        return stores.content(NAMESPACE);
    }

    /** Returns where an image's content is: containerd's folder, containerd's API, and the archive it came from. */
    private List<ContentProvider> sources(String name) throws IOException {
        return List.of(BlobsFolder.open(containerd.content()), remote(), LocalContent.open(archives.get(name)));
    }

    private Image image(String name) {
        return stores.namespace(NAMESPACE).get(name);
    }

    private static ImageContent content(ContentProvider source, Image image) {
        return image.content(Documents.of(source), PlatformMatcher.only(new Platform("linux", "amd64")));
    }

    /** Returns the columns of ctr's row for an image. */
    private List<String> row(String name, String... command) throws IOException {
        String line = containerd
                .ctr(NAMESPACE, command)
                .lines()
                .filter(row -> row.startsWith(name + " "))
                .findFirst()
                .orElseThrow();
        return Arrays.asList(line.split(" +"));
    }

    @Test
    void everyImageWasImported() {
        assertEquals(
                NAMES,
                stores.namespace(NAMESPACE).list().stream().map(Image::name).toList());
        assertEquals(MediaType.OCI_INDEX, image(MANY).target().mediaType());
        assertEquals(MediaType.DOCKER_MANIFEST, image(DOCKER).target().mediaType());
    }

    @Test
    void sizesAndPlatformsAreWhatCtrLists() throws IOException {
        for (String name : NAMES) {
            List<String> row = row(name, "images", "ls");
            for (ContentProvider source : sources(name)) {
                ImageContent content = content(source, image(name));
                assertEquals(row.get(3) + " " + row.get(4), shortened(content.size()), name);
                assertEquals(
                        new TreeSet<>(List.of(row.get(5).split(","))),
                        content.platforms().stream()
                                .map(Platform::format)
                                .collect(Collectors.toCollection(TreeSet::new)),
                        name);
            }
        }
    }

    /** As ctr shortens sizes below a mebibyte. */
    private static String shortened(long bytes) {
        return bytes < 1024 ? bytes + ".0 B" : String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0);
    }

    @Test
    void theTargetsOfAnArchiveAreThoseThatContainerdMakes() throws IOException {
        for (String name : NAMES) {
            ImageArchive archive = LocalContent.archive(archives.get(name));
            assertEquals(
                    List.of(image(name).target().digest()),
                    archive.manifests().stream().map(Descriptor::digest).toList(),
                    name);
        }
        assertEquals(
                DOCKER,
                LocalContent.archive(archives.get(DOCKER))
                        .manifests()
                        .get(0)
                        .annotations()
                        .get(ImageArchive.NAME_ANNOTATION));
    }

    @Test
    void configsAndDiffIdsAreWhatCtrReads() throws IOException {
        for (String name : NAMES) {
            for (ContentProvider source : sources(name)) {
                ImageContent content = content(source, image(name));
                String manifest = ctrGet(content.manifestDescriptor().digest());
                String config = content.manifest().config().digest();
                assertTrue(manifest.contains("\"digest\":\"" + config + "\""), manifest);
                Matcher diffIds = DIFF_IDS.matcher(ctrGet(config));
                assertTrue(diffIds.find());
                assertEquals(diffIds.group(1).replace("\"", ""), String.join(",", content.rootFs()), name);
                assertEquals("amd64", content.config().platform().architecture());
            }
        }
    }

    private String ctrGet(String digest) throws IOException {
        return containerd.ctr(NAMESPACE, "content", "get", digest).replaceAll("\\s", "");
    }

    @Test
    void everyBlobIsTheSameFromEverySource() throws IOException {
        for (String name : NAMES) {
            List<ContentProvider> sources = sources(name);
            List<Descriptor> blobs = new ArrayList<>();
            Walk.walk(
                    Handlers.sequence(
                            descriptor -> {
                                blobs.add(descriptor);
                                return List.of();
                            },
                            Handlers.children(Documents.of(sources.get(0)))),
                    image(name).target());
            assertTrue(blobs.size() >= 5, blobs::toString);
            for (Descriptor blob : blobs) {
                byte[] bytes = Blobs.read(sources.get(0), blob);
                assertArrayEquals(bytes, Blobs.read(sources.get(1), blob), name);
                assertArrayEquals(bytes, Blobs.read(sources.get(2), blob), name);
            }
        }
    }

    @Test
    void theBestArmIsFound() throws IOException {
        Map<String, String> expected = Map.of(
                "linux/arm64", "linux/arm64",
                "linux/arm/v8", "linux/arm/v7",
                "linux/arm/v7", "linux/arm/v7",
                "linux/arm/v6", "linux/arm/v6",
                "linux/386", "none");
        for (ContentProvider source : sources(MANY)) {
            for (Map.Entry<String, String> entry : expected.entrySet()) {
                ImageContent content =
                        image(MANY).content(Documents.of(source), PlatformMatcher.only(Platform.parse(entry.getKey())));
                if (entry.getValue().equals("none")) {
                    assertThrows(NotFound.class, content::manifest);
                } else {
                    assertEquals(
                            entry.getValue(),
                            content.config().platform().normalize().format(),
                            entry.getKey());
                }
            }
        }
    }

    @Test
    void layersSayHowTheyAreCompressed() throws IOException {
        Map<String, String> expected = Map.of(GZIP, "GZIP", ZSTD, "ZSTD", DOCKER, "UNKNOWN", MANY, "GZIP");
        for (String name : NAMES) {
            Set<String> compressions = content(remote(), image(name)).manifest().layers().stream()
                    .map(layer -> MediaType.diffCompression(layer.mediaType()).name())
                    .collect(Collectors.toSet());
            assertEquals(Set.of(expected.get(name)), compressions, name);
        }
    }

    @Test
    void whatIsRemovedIsMissingAsCtrChecks() throws IOException {
        String namespace = "removed";
        importArchive(namespace, GZIP);
        Image image = stores.namespace(namespace).get(GZIP);
        Documents remote = Documents.of(stores.content(namespace));
        ImageContent content = image.content(remote);
        assertTrue(content.check().complete());
        assertEquals("complete (4/4)", status(namespace));

        Descriptor layer = content.manifest().layers().get(1);
        containerd.ctr(namespace, "content", "rm", layer.digest());
        Availability check = content.check();
        assertTrue(check.available());
        assertEquals(List.of(layer), check.missing());
        assertEquals("incomplete (3/4)", status(namespace));
        assertEquals(4, check.required().size());
        assertEquals(3, check.present().size());

        containerd.ctr(namespace, "content", "rm", image.target().digest());
        assertFalse(content.check().available());
        assertEquals(List.of(image.target()), content.check().missing());
        // ctr fails on the way, and has printed what it found by then.
        AssertionError ctr = assertThrows(AssertionError.class, () -> status(namespace));
        assertTrue(String.valueOf(ctr.getMessage()).contains("unavailable (0/?)"), ctr::getMessage);
        assertThrows(
                NotFound.class,
                () -> image.content(Documents.of(stores.content(namespace))).size());
    }

    @Test
    void whatIsRemovedFromTheFolderIsMissing(@TempDir Path copy) throws IOException {
        try (Stream<Path> files = Files.walk(containerd.content().resolve("blobs"))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(containerd.content().relativize(file)));
            }
        }
        ImageContent content = content(BlobsFolder.open(copy), image(ZSTD));
        assertTrue(content.check().complete());
        Descriptor layer = content.manifest().layers().get(0);
        Files.delete(copy.resolve("blobs/" + layer.digest().replace(':', '/')));
        assertEquals(List.of(layer), content.check().missing());
    }

    private String status(String namespace) throws IOException {
        String line = containerd
                .ctr(namespace, "images", "check", "--snapshotter", "native")
                .lines()
                .filter(row -> row.startsWith(GZIP + " "))
                .findFirst()
                .orElseThrow();
        Matcher status =
                Pattern.compile("(complete|incomplete|unavailable) \\([^)]*\\)").matcher(line);
        assertTrue(status.find(), line);
        return status.group();
    }

    @Test
    void childrenAreLabelledAsContainerdLabelsThem() throws IOException {
        // Of its own: containerd may collect the children in the moment in which no label holds them.
        String namespace = "labelled";
        importArchive(namespace, MANY);
        RemoteContent content = stores.content(namespace);
        Descriptor target = stores.namespace(namespace).get(MANY).target();
        ContentInfo imported = content.info(target.digest());
        assertTrue(imported.labels().containsKey("containerd.io/gc.ref.content.m.0"), imported::toString);
        Map<String, String> removed = imported.labels().keySet().stream()
                .filter(key -> key.startsWith("containerd.io/gc.ref."))
                .collect(Collectors.toMap(key -> key, key -> ""));
        assertEquals(
                imported.labels().size() - removed.size(),
                content.label(target.digest(), removed).labels().size());
        Handlers.setChildrenLabels(content, Handlers.children(Documents.of(content)))
                .handle(target);
        assertEquals(imported.labels(), content.info(target.digest()).labels());
    }

    @Test
    void aBlobIsReadFromAnyPosition() throws IOException {
        Descriptor target = image(MANY).target();
        byte[] whole = Blobs.read(remote(), target);
        for (ContentProvider source : sources(MANY)) {
            try (ContentReader reader = source.open(target)) {
                ByteBuffer part = ByteBuffer.allocate(10);
                while (part.hasRemaining()) {
                    reader.read(part, 100 + part.position());
                }
                assertEquals(
                        new String(whole, 100, 10, StandardCharsets.UTF_8),
                        new String(part.array(), StandardCharsets.UTF_8));
            }
        }
    }
}
