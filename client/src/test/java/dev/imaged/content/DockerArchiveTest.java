package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.oci.Manifest;
import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DockerArchiveTest {
    private static final String CONFIG = "{\"architecture\":\"amd64\",\"os\":\"linux\"}";
    private static final String TAGGED =
            "[{\"Config\":\"config.json\",\"RepoTags\":[\"app:v1\"],\"Layers\":[\"1/layer.tar\"]}]";

    private Path temp;
    private TestTar tar;

    @BeforeEach
    void begin(@TempDir Path folder) throws IOException {
        temp = folder;
        tar = new TestTar(folder.resolve("docker.tar"));
    }

    private DockerArchive open() throws IOException {
        return DockerArchive.open(tar.write());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String sha256(byte[] bytes) {
        return Digest.sha256(bytes).toString();
    }

    private static Descriptor blob(String mediaType, byte[] bytes) {
        return new Descriptor(mediaType, sha256(bytes), bytes.length);
    }

    private void assertInvalid(String message) throws IOException {
        Path file = tar.write();
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> DockerArchive.open(file));
        assertEquals(file + ": " + message + ": invalid argument", error.getMessage());
    }

    /** Returns the layers of the archive's only image. */
    private static List<Descriptor> layers(DockerArchive archive) throws IOException {
        return Documents.of(archive).manifest(archive.manifests().get(0)).layers();
    }

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

    @ParameterizedTest
    @ValueSource(strings = {"../0/layer.tar", "./../0/./layer.tar", "../1/../0/layer.tar"})
    void aSymbolicLinkOfALayerIsFollowed(String target) throws IOException {
        tar.file("manifest.json", TAGGED)
                .file("config.json", CONFIG)
                .symbolicLink("1/layer.tar", target)
                .file("0/layer.tar", "layer");
        assertEquals(List.of(blob(MediaType.DOCKER_LAYER, utf8("layer"))), layers(open()));
    }

    @Test
    void linksOfLinksAreFollowed() throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).file("0/layer.tar", "layer");
        tar.hardLink("hard", "0/layer.tar").symbolicLink("soft", "hard").symbolicLink("1/layer.tar", "../soft");
        assertEquals(List.of(blob(MediaType.DOCKER_LAYER, utf8("layer"))), layers(open()));
    }

    @ParameterizedTest
    @CsvSource({
        "layer.tar, is a link that leads back to itself",
        "../2/layer.tar, is a link that leads back to itself",
        "../nothing, 'is a link to \"nothing\", which is missing'",
        "../3, 'is a link to \"3\", which is a folder'",
        "'', 'is a link to \"1\", which is missing'",
        "., 'is a link to \"1\", which is missing'"
    })
    void aLinkThatLeadsNowhereIsNamedWithItsTarget(String target, String message) throws IOException {
        tar.file("manifest.json", TAGGED)
                .file("config.json", CONFIG)
                .symbolicLink("1/layer.tar", target)
                .symbolicLink("2/layer.tar", "../1/layer.tar")
                .special(TarConstants.LF_DIR, "3/");
        assertInvalid("manifest.json: /0: file \"1/layer.tar\" " + message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../config.json", "../../../../etc/passwd", "/etc/passwd", "../1/../../config.json"})
    void aLinkOutOfTheTarIsRefusedByItsName(String target) throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).file("etc/passwd", "inside");
        tar.symbolicLink("soft", target).symbolicLink("1/layer.tar", target);
        assertInvalid("\"1/layer.tar\" is a link that leads out of the tar");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../config.json", "/etc/passwd"})
    void aHardLinkOutOfTheTarIsRefusedByItsName(String target) throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).symbolicLink("1/layer.tar", "../hard");
        tar.hardLink("hard", target);
        assertInvalid("\"hard\" is a link that leads out of the tar");
    }

    @Test
    void aLinkOutOfTheTarThatNobodyReadsDoesNotMatter() throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).file("1/layer.tar", "layer");
        tar.symbolicLink("other", "/etc/passwd");
        assertEquals(1, open().manifests().size());
    }

    @Test
    void aLongPathIsNotRepeated() throws IOException {
        tar.file("manifest.json", TAGGED.replace("1/layer.tar", "x".repeat(200_000)))
                .file("config.json", CONFIG);
        Path file = tar.write();
        String message = String.valueOf(assertThrows(InvalidArgument.class, () -> DockerArchive.open(file))
                .getMessage());
        assertTrue(message.length() < 500, message);
    }

    @Test
    void aHardLinkToItselfIsNamed() throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).hardLink("1/layer.tar", "1/layer.tar");
        assertInvalid("manifest.json: /0: file \"1/layer.tar\" is a link that leads back to itself");
    }

    @Test
    void whatIsNotARegularFileIsNamed() throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).special(TarConstants.LF_FIFO, "1/layer.tar");
        assertInvalid("manifest.json: /0: file \"1/layer.tar\" is not a regular file");
    }

    @Test
    void theLaterOfTwoEntriesCounts() throws IOException {
        tar.file("1/layer.tar", "early").file("manifest.json", TAGGED).file("config.json", CONFIG);
        tar.symbolicLink("1/layer.tar", "../nothing").file("1/layer.tar", "late");
        assertEquals(List.of(blob(MediaType.DOCKER_LAYER, utf8("late"))), layers(open()));
    }

    @Test
    void namesOfEntriesMayBeginWithADot() throws IOException {
        tar.file("./manifest.json", TAGGED).file("./config.json", CONFIG).file("./1/layer.tar", "layer");
        assertEquals(1, open().manifests().size());
    }

    @Test
    void aLongNameIsRead() throws IOException {
        String name = "d".repeat(200) + "/layer.tar";
        tar.file("manifest.json", TAGGED.replace("1/layer.tar", name))
                .file("config.json", CONFIG)
                .file(name, "layer");
        assertEquals(1, layers(open()).size());
    }

    @Test
    void aMissingFileIsNamed() throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG);
        assertInvalid("manifest.json: /0: file \"1/layer.tar\" is missing");
    }

    @Test
    void aMissingConfigIsNamed() throws IOException {
        tar.file("manifest.json", "[{}]");
        assertInvalid("manifest.json: /0 Config is missing");
    }

    @Test
    void aNameDoesNotLeaveTheTar() throws IOException {
        Files.writeString(temp.resolve("secret"), "secret");
        tar.file("manifest.json", TAGGED.replace("1/layer.tar", "../secret")).file("config.json", CONFIG);
        assertInvalid("manifest.json: /0: file \"../secret\" is missing");
    }

    @Test
    void anArchiveWithoutItsManifestIsInvalid() throws IOException {
        tar.file("config.json", CONFIG);
        assertInvalid("manifest.json: is missing, so this is not an archive of docker save");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|manifest.json: must be an array, is an object",
                "null|manifest.json: must be an array, is null",
                "[1]|manifest.json: /0 must be an object, is a whole number",
                "[null]|manifest.json: /0 must be an object, is null",
                "[{\"Config\":1}]|manifest.json: /0/Config must be a string, is a whole number",
                "[{\"RepoTags\":\"a\"}]|manifest.json: /0/RepoTags must be an array, is a string",
                "[{\"Layers\":[null]}]|manifest.json: /0/Layers/0 must be a string, is null"
            })
    void aBrokenManifestNamesItsPlace(String json, String message) throws IOException {
        tar.file("manifest.json", json);
        assertInvalid(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[", "[{\"Config\":\"a\",\"Config\":\"b\"}]", "[] []", "\u0000"})
    void whatIsNoJsonIsInvalid(String json) throws IOException {
        Path file = tar.file("manifest.json", json).write();
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> DockerArchive.open(file));
        assertTrue(String.valueOf(error.getMessage()).startsWith(file + ": manifest.json: "), error::getMessage);
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
    void aKeyThatIsThereInTwoCasesIsRefused() throws IOException {
        tar.file("manifest.json", "[{\"Config\":\"config.json\",\"config\":\"other.json\"}]");
        Path file = tar.write();
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> DockerArchive.open(file));
        assertTrue(
                String.valueOf(error.getMessage())
                        .startsWith(file + ": manifest.json: /0/config repeats Config in another case"),
                error::getMessage);
    }

    @Test
    void anImageThatCannotBeReadIsAProblemAndTheOthersAreRead() throws IOException {
        String other = "{\"Config\":\"other.json\",\"RepoTags\":[\"other:v1\",\"Other\"],\"Layers\":[]}";
        tar.file("manifest.json", TAGGED.replace("}]", "}," + other + "]"))
                .file("config.json", CONFIG)
                .file("1/layer.tar", "layer");
        Path file = tar.write();
        DockerArchive archive = DockerArchive.open(file);
        assertEquals(1, archive.manifests().size());
        ImageArchive.Problem problem = archive.problems().get(0);
        assertEquals(List.of("docker.io/library/other:v1", "Other"), problem.names());
        assertEquals(
                file + ": manifest.json: /1: file \"other.json\" is missing: invalid argument",
                problem.error().getMessage());
        assertEquals(problem.error(), assertThrows(InvalidArgument.class, () -> archive.find("other:v1")));
        assertThrows(NotFound.class, () -> archive.find("other:v2"));
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
    void aManifestThatIsTooLargeIsNotRead() throws IOException {
        tar.file("manifest.json", " ".repeat(Blobs.MAX_DOCUMENT_BYTES + 1));
        assertInvalid("manifest.json: has 8388609 bytes, more than the 8388608 that are read");
    }

    @Test
    void whatIsNotInTheArchiveIsNotFound() throws IOException {
        tar.file("manifest.json", TAGGED)
                .file("config.json", CONFIG)
                .file("1/layer.tar", "layer")
                .file("else", "else");
        DockerArchive archive = open();
        Descriptor absent = blob("text/plain", utf8("absent"));
        NotFound error = assertThrows(NotFound.class, () -> archive.open(absent));
        assertTrue(String.valueOf(error.getMessage()).startsWith("content " + absent.digest()), error::getMessage);
        // Only what an image consists of is content of the archive.
        assertThrows(NotFound.class, () -> archive.open(blob("text/plain", utf8("else"))));
        assertThrows(InvalidArgument.class, () -> archive.open(new Descriptor("text/plain", "../config.json", 1)));
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
    void aFileThatChangesAfterwardsIsFoundOut() throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).file("1/layer.tar", "layer");
        DockerArchive archive = open();
        Descriptor layer = layers(archive).get(0);
        Path file = temp.resolve("docker.tar");
        Files.write(file, new byte[(int) Files.size(file)]);
        assertThrows(InvalidArgument.class, () -> Blobs.verify(archive, layer));
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

    @Test
    void aTarOfSomethingElseIsRefused() throws IOException {
        Path file = tar.file("README", "read me").write();
        assertThrows(InvalidArgument.class, () -> LocalContent.open(file));
    }

    @Test
    void anArchiveThatWasCutOrDamagedNeverFailsOtherwise() throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).symbolicLink("1/layer.tar", "../0/layer.tar");
        tar.file("0/layer.tar", "layer");
        byte[] bytes = Files.readAllBytes(tar.write());
        Random random = new Random(7);
        for (int i = 0; i < 500; i++) {
            byte[] damaged = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            for (int flips = random.nextInt(3); flips > 0 && damaged.length > 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Path file = Files.write(temp.resolve("damaged.tar"), damaged);
            try {
                DockerArchive archive = DockerArchive.open(file);
                for (Descriptor image : archive.manifests()) {
                    Blobs.verify(archive, image);
                }
            } catch (InvalidArgument | NotFound expected) {
                assertTrue(String.valueOf(expected.getMessage()).contains("damaged.tar"), expected::getMessage);
            }
        }
    }
}
