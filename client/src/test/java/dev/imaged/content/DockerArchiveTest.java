package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Manifest;
import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DockerArchiveTest extends DockerArchiveFixture {
    @Test
    void anImageGetsTheManifestThatContainerdWrites() throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).file("1/layer.tar", "layer");
        DockerArchive archive = open();
        Descriptor image = archive.manifests().get(0);
        String manifest = "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\","
                + "\"config\":{\"mediaType\":\"application/vnd.docker.container.image.v1+json\",\"digest\":\""
                + sha256(utf8(CONFIG)) + "\",\"size\":37},\"layers\":[{\"mediaType\":"
                + "\"application/vnd.docker.image.rootfs.diff.tar\",\"digest\":\"" + sha256(utf8("layer"))
                + "\",\"size\":5}]}";
        assertEquals(manifest, new String(Blobs.read(archive, image), StandardCharsets.UTF_8));
        assertEquals(
                blob(MediaType.DOCKER_MANIFEST, utf8(manifest))
                        .withAnnotations(Map.of("io.containerd.image.name", "docker.io/library/app:v1")),
                image);
    }

    @Test
    void theContentOfAnImageIsRead() throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).file("1/layer.tar", "layer");
        DockerArchive archive = open();
        Manifest manifest = Documents.of(archive).manifest(archive.manifests().get(0));
        assertEquals(blob(MediaType.DOCKER_CONFIG, utf8(CONFIG)), manifest.config());
        assertArrayEquals(utf8(CONFIG), Blobs.read(archive, manifest.config()));
        assertArrayEquals(utf8("layer"), Blobs.read(archive, manifest.layers().get(0)));
        assertEquals(
                "amd64",
                Documents.of(archive).config(manifest.config()).platform().architecture());
    }

    @Test
    void eachTagIsAnImage() throws IOException {
        tar.file("manifest.json", TAGGED.replace("\"app:v1\"", "\"app:v1\",\"example.org/app:v1\""))
                .file("config.json", CONFIG)
                .file("1/layer.tar", "layer");
        List<Descriptor> images = open().manifests();
        assertEquals(
                List.of("docker.io/library/app:v1", "example.org/app:v1"),
                images.stream()
                        .map(image -> image.annotations().get(ImageArchive.NAME_ANNOTATION))
                        .toList());
        assertEquals(images.get(0).digest(), images.get(1).digest());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"RepoTags\":null,", "\"RepoTags\":[],", ""})
    void anImageWithoutATagHasNoName(String tags) throws IOException {
        tar.file("manifest.json", TAGGED.replace("\"RepoTags\":[\"app:v1\"],", tags))
                .file("config.json", CONFIG)
                .file("1/layer.tar", "layer");
        List<Descriptor> images = open().manifests();
        assertEquals(1, images.size());
        assertEquals(Map.of(), images.get(0).annotations());
    }

    @ParameterizedTest
    @ValueSource(strings = {",\"Layers\":null", ",\"Layers\":[]", ""})
    void anImageMayHaveNoLayers(String layers) throws IOException {
        tar.file("manifest.json", "[{\"Config\":\"config.json\"" + layers + "}]")
                .file("config.json", CONFIG);
        DockerArchive archive = open();
        String manifest = new String(Blobs.read(archive, archive.manifests().get(0)), StandardCharsets.UTF_8);
        assertTrue(manifest.endsWith(",\"layers\":[]}"), manifest);
    }

    @Test
    void anArchiveMayHaveNoImages() throws IOException {
        tar.file("manifest.json", "[]");
        assertEquals(List.of(), open().manifests());
    }

    @Test
    void imagesShareTheirFiles() throws IOException {
        String other = "{\"Config\":\"other.json\",\"Layers\":[\"1/layer.tar\",\"1/layer.tar\"]}";
        tar.file("manifest.json", TAGGED.replace("}]", "}," + other + "]"))
                .file("config.json", CONFIG)
                .file("other.json", "{}")
                .file("1/layer.tar", "layer");
        DockerArchive archive = open();
        Descriptor layer = blob(MediaType.DOCKER_LAYER, utf8("layer"));
        assertEquals(List.of(layer), layers(archive));
        assertEquals(
                List.of(layer, layer),
                Documents.of(archive).manifest(archive.manifests().get(1)).layers());
    }

    /** Containerd calls every compressed layer gzip. */
    @ParameterizedTest
    @CsvSource({
        "1f8b0800000000000003,true",
        "1f8b08,true",
        "1f8b0900,false",
        "1f8b,false",
        "28b52ffd,true",
        "28b52ffd2458,true",
        "28b52f,false",
        "502a4d1804000000,true",
        "5f2a4d1800000000,true",
        "502a4d18040000,false",
        "602a4d1804000000,false",
        "'',false",
        "75737461720000,false"
    })
    void aLayerIsTypedByItsFirstBytes(String start, boolean compressed) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(start);
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).file("1/layer.tar", bytes);
        DockerArchive archive = open();
        Descriptor layer = blob(compressed ? MediaType.DOCKER_LAYER_GZIP : MediaType.DOCKER_LAYER, bytes);
        assertEquals(List.of(layer), layers(archive));
        Blobs.verify(archive, layer);
    }

    @Test
    void aNameThatIsNotValidIsGivenAsItIsWritten() throws IOException {
        tar.file("manifest.json", TAGGED.replace("app:v1", "App"))
                .file("config.json", CONFIG)
                .file("1/layer.tar", "layer");
        DockerArchive archive = open();
        assertEquals(List.of("App"), ArchiveNames.of(archive.manifests().get(0)));
        assertEquals(archive.manifests().get(0), archive.find("App"));
    }

    @ParameterizedTest
    @CsvSource({"config, repotags, layers", "CONFIG, REPOTAGS, LAYERS", "config, repoTag\u017f, Layer\u017f"})
    void keysCountInAnyCase(String config, String tags, String layers) throws IOException {
        tar.file(
                        "manifest.json",
                        TAGGED.replace("Config", config)
                                .replace("RepoTags", tags)
                                .replace("Layers", layers))
                .file("config.json", CONFIG)
                .file("1/layer.tar", "layer");
        DockerArchive archive = open();
        assertEquals(1, layers(archive).size());
        assertEquals(archive.manifests().get(0), archive.find("docker.io/library/app:v1"));
    }

    @Test
    void whatWasUnpackedFromAnArchiveIsReadLikeIt() throws IOException {
        Files.writeString(temp.resolve("manifest.json"), TAGGED);
        Files.writeString(temp.resolve("config.json"), CONFIG);
        Files.createDirectory(temp.resolve("1"));
        Files.writeString(temp.resolve("1/layer.tar"), "layer");
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).file("1/layer.tar", "layer");
        ImageArchive folder = LocalContent.archive(temp);
        assertEquals(open().manifests(), folder.manifests());
        Files.delete(temp.resolve("1/layer.tar"));
        Files.createSymbolicLink(temp.resolve("1/layer.tar"), Path.of("../nothing"));
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> DockerArchive.open(temp));
        assertEquals(
                temp + "/manifest.json: /0: file \"1/layer.tar\" is a link to \"../nothing\", which is missing: invalid"
                        + " argument",
                error.getMessage());
    }

    @Test
    void aClosedReaderReadsNoMore() throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).file("1/layer.tar", "layer");
        DockerArchive archive = open();
        for (Descriptor blob :
                List.of(archive.manifests().get(0), layers(archive).get(0))) {
            ContentReader reader = archive.open(blob);
            assertEquals(blob.size(), reader.size());
            assertEquals(-1, reader.read(ByteBuffer.allocate(1), blob.size()));
            assertThrows(IllegalArgumentException.class, () -> reader.read(ByteBuffer.allocate(1), -1));
            reader.close();
            assertThrows(IOException.class, () -> reader.read(ByteBuffer.allocate(1), 0));
        }
    }

    @Test
    void aTarThatIsAlsoALayoutOpensAsTheLayout() throws IOException {
        TestLayout layout = new TestLayout(temp.resolve("layout"));
        Descriptor image = layout.image("content");
        layout.list(image, Map.of("io.containerd.image.name", "docker.io/library/app:v1"));
        layout.file("manifest.json", "[{\"Config\":\"index.json\",\"RepoTags\":[\"other:v1\"],\"Layers\":[]}]");
        ImageArchive archive = LocalContent.archive(layout.tar());
        assertInstanceOf(OciLayout.class, archive);
        assertEquals(image.digest(), archive.manifests().get(0).digest());
    }

    @Test
    void anArchiveIsToldByItsManifest() throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).file("1/layer.tar", "layer");
        assertInstanceOf(DockerArchive.class, LocalContent.open(tar.write()));
        assertThrows(NoSuchFileException.class, () -> DockerArchive.open(temp.resolve("nothing")));
    }
}
