package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, and how the message names it. */
class DockerArchiveErrorsTest extends DockerArchiveFixture {
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
    void whatIsNotJsonIsInvalid(String json) throws IOException {
        Path file = tar.file("manifest.json", json).write();
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> DockerArchive.open(file));
        assertTrue(String.valueOf(error.getMessage()).startsWith(file + ": manifest.json: "), error::getMessage);
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
    void aFileThatChangesAfterwardsIsFoundOut() throws IOException {
        tar.file("manifest.json", TAGGED).file("config.json", CONFIG).file("1/layer.tar", "layer");
        DockerArchive archive = open();
        Descriptor layer = layers(archive).get(0);
        Path file = temp.resolve("docker.tar");
        Files.write(file, new byte[(int) Files.size(file)]);
        assertThrows(InvalidArgument.class, () -> Blobs.verify(archive, layer));
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
