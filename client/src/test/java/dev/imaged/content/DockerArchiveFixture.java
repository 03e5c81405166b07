package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An archive of {@code docker save} that a test writes and opens. */
abstract class DockerArchiveFixture {
    static final String CONFIG = "{\"architecture\":\"amd64\",\"os\":\"linux\"}";
    static final String TAGGED =
            "[{\"Config\":\"config.json\",\"RepoTags\":[\"app:v1\"],\"Layers\":[\"1/layer.tar\"]}]";

    Path temp;
    TestTar tar;

    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        temp = folder;
        tar = new TestTar(folder.resolve("docker.tar"));
    }

    DockerArchive open() throws IOException {
        return DockerArchive.open(tar.write());
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String sha256(byte[] bytes) {
        return Digest.sha256(bytes).toString();
    }

    static Descriptor blob(String mediaType, byte[] bytes) {
        return new Descriptor(mediaType, sha256(bytes), bytes.length);
    }

    void assertInvalid(String message) throws IOException {
        Path file = tar.write();
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> DockerArchive.open(file));
        assertEquals(file + ": " + message + ": invalid argument", error.getMessage());
    }

    /** Returns the layers of the archive's only image. */
    static List<Descriptor> layers(DockerArchive archive) throws IOException {
        return Documents.of(archive).manifest(archive.manifests().get(0)).layers();
    }
}
