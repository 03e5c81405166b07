package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What was observed of {@code ParseDockerRef} of github.com/distribution/reference v0.5.0, which containerd imports with. */
class DockerReferenceTest {
    private static final String SHA256 = "@sha256:" + "a".repeat(64);

    private static String normalize(String reference) {
        return DockerReference.normalize("name", reference);
    }

    @ParameterizedTest
    @CsvSource({
        "alpine,docker.io/library/alpine:latest",
        "alpine:3,docker.io/library/alpine:3",
        "team/app,docker.io/team/app:latest",
        "team/app:v1,docker.io/team/app:v1",
        "localhost/one:1,localhost/one:1",
        "localhost:5000/one,localhost:5000/one:latest",
        "docker.io/alpine,docker.io/library/alpine:latest",
        "docker.io/library/alpine,docker.io/library/alpine:latest",
        "docker.io/team/app:1,docker.io/team/app:1",
        "index.docker.io/alpine:1,docker.io/library/alpine:1",
        "index.docker.io/team/app,docker.io/team/app:latest",
        "quay.io/a/b/c:d,quay.io/a/b/c:d",
        "example.org:5000/a:b,example.org:5000/a:b",
        "[::1]/a,[::1]/a:latest",
        "[::1]:5000/a:b,[::1]:5000/a:b",
        "[2001:db8::1]:80/a,[2001:db8::1]:80/a:latest",
        "FOO/bar,FOO/bar:latest",
        "Foo.io/bar,Foo.io/bar:latest",
        "Localhost/a,Localhost/a:latest",
        "ex_ample.org/a,ex_ample.org/a:latest",
        "a:5000,docker.io/library/a:5000",
        "a:5000/b,a:5000/b:latest",
        "a.b,docker.io/library/a.b:latest",
        "a__b,docker.io/library/a__b:latest",
        "a---b,docker.io/library/a---b:latest"
    })
    void aNameIsGivenInFull(String reference, String full) {
        assertEquals(full, normalize(reference));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "a b",
                "é",
                "alpine:é",
                "Alpine",
                "team/App",
                "alpine:",
                ":tag",
                "alpine:-x",
                "alpine:a/b",
                "a..b",
                "a___b",
                "a-",
                "-a",
                "_a",
                "a/",
                "/a",
                "a//b",
                "a/_b",
                "a.io/",
                "exa..mple.org/a",
                "-example.org/a",
                "example-.org/a",
                "example.org:/a",
                "example.org:x/a",
                "http://a.io/b",
                "a\n",
                "a:b\n",
                "a@",
                "@sha256:"
            })
    void whatIsNoNameIsInvalid(String reference) {
        assertInvalid(reference);
    }

    private static void assertInvalid(String reference) {
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> normalize(reference), reference);
        assertTrue(String.valueOf(error.getMessage()).contains(" is not a reference to an image"), error::getMessage);
        assertTrue(DockerReference.problem(reference).isPresent());
    }

    @Test
    void theReasonIsSaidWhereItIsKnown() {
        assertEquals(
                Optional.of("is not a reference to an image: repository names are lower case"),
                DockerReference.problem("example.org/Team/app:V1"));
        assertEquals(
                Optional.of("is not a reference to an image: it is the ID of one"),
                DockerReference.problem("a".repeat(64)));
        assertEquals(Optional.of("is not a reference to an image"), DockerReference.problem("A b"));
        assertEquals(Optional.empty(), DockerReference.problem("Example.org/app:V1"));
    }

    @Test
    void aTagNextToADigestIsDropped() {
        assertEquals("docker.io/library/alpine" + SHA256, normalize("alpine" + SHA256));
        assertEquals("docker.io/library/alpine" + SHA256, normalize("alpine:1" + SHA256));
    }

    @Test
    void aDigestHasToBeOne() {
        assertInvalid("alpine@sha256:" + "a".repeat(32));
        assertInvalid("alpine@sha256:" + "A".repeat(64));
        assertInvalid("alpine@SHA256:" + "a".repeat(64));
        assertInvalid("alpine@sha512:" + "a".repeat(64));
        assertInvalid("alpine@foo:" + "a".repeat(64));
        assertInvalid("alpine" + SHA256 + ":1");
    }

    @Test
    void theIdOfAnImageIsNoName() {
        assertInvalid("a".repeat(64));
        String named = "docker.io/library/" + "a".repeat(64) + ":latest";
        assertEquals(named, normalize("a".repeat(64) + ":latest"));
        assertEquals(named, normalize("library/" + "a".repeat(64)));
    }

    @Test
    void lengthsAreLimited() {
        assertEquals("docker.io/library/a:" + "t".repeat(128), normalize("a:" + "t".repeat(128)));
        assertInvalid("a:" + "t".repeat(129));
        assertEquals("docker.io/library/" + "n".repeat(237) + ":latest", normalize("n".repeat(237)));
        assertInvalid("n".repeat(238));
    }

    /** A matcher that goes deeper with each part would end in an unexpected error. */
    @ParameterizedTest
    @ValueSource(strings = {"a.", "a/", "a-", "A.", "a:", "a@", "[", "aA", "é"})
    void aVeryLongNameIsInvalid(String part) {
        assertInvalid(part.repeat(500_000) + "a");
        assertInvalid("a@" + part.repeat(500_000) + ":" + "a".repeat(64));
    }
}
