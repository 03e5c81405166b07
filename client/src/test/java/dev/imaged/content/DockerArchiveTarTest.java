package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which file of a tar a path of {@code manifest.json} names. */
class DockerArchiveTarTest extends DockerArchiveFixture {
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
    void namesOfEntriesMayStartWithADot() throws IOException {
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
    void aNameDoesNotLeaveTheTar() throws IOException {
        Files.writeString(temp.resolve("secret"), "secret");
        tar.file("manifest.json", TAGGED.replace("1/layer.tar", "../secret")).file("config.json", CONFIG);
        assertInvalid("manifest.json: /0: file \"../secret\" is missing");
    }
}
