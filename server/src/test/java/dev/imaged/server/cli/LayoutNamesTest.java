package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayoutNamesTest {
    private static final String REF_NAME = "org.opencontainers.image.ref.name";
    private static final String IMAGE_NAME = "io.containerd.image.name";

    private static Descriptor entry(String hex, Map<String, String> annotations) {
        return new Descriptor(MediaType.OCI_MANIFEST, "sha256:" + hex.repeat(64), 7, annotations);
    }

    private static Descriptor entry(String refName) {
        return entry("a", Map.of(REF_NAME, refName));
    }

    @ParameterizedTest
    @CsvSource({
        "docker.io/library/a:1, docker.io/library/a:1",
        "docker.io/library/a, docker.io/library/a",
        "a:1, a:1",
        "localhost:5000/a, localhost:5000/a",
        "v1@sha256, v1@sha256",
        "v1, b/c:v1",
        "latest, b/c:latest",
        "_1.0-rc.2, b/c:_1.0-rc.2",
        ".v1, .v1",
        "'', b/c:latest",
    })
    void aReferenceIsFullOrATag(String refName, String name) {
        assertEquals(
                Set.of(name),
                LayoutNames.of("layout", List.of(entry(refName)), "b/c")
                        .targets()
                        .keySet());
    }

    @Test
    void theNameThatContainerdAnnotatesComesFirst() {
        Descriptor entry = entry("a", Map.of(IMAGE_NAME, "docker.io/library/a:1", REF_NAME, "1"));
        assertEquals(
                Map.of("docker.io/library/a:1", entry),
                LayoutNames.of("layout", List.of(entry), null).targets());
    }

    @Test
    void oneOfSeveralWithoutAnyNameIsLeftOut() {
        Descriptor nameless = entry("b", Map.of());
        LayoutNames names = LayoutNames.of("layout", List.of(entry("v1"), nameless), "b/c");
        assertEquals(Set.of("b/c:v1"), names.targets().keySet());
        assertEquals(List.of(nameless), names.unnamed());
    }

    @Test
    void aNameIsThatOfOneTarget() {
        Descriptor same = entry("v1");
        assertEquals(
                1,
                LayoutNames.of("layout", List.of(same, same), "b/c").targets().size());
        Descriptor other = entry("b", Map.of(REF_NAME, "v1"));
        InvalidArgument error =
                assertThrows(InvalidArgument.class, () -> LayoutNames.of("layout", List.of(same, other), "b/c"));
        assertEquals(
                "layout: \"b/c:v1\" is the name of both " + same.digest() + " and " + other.digest()
                        + ": invalid argument",
                error.getMessage());
    }

    @Test
    void withoutANameTheErrorSaysWhatToDo() {
        assertNoName("has no images", List.of());
        assertNoName("names its images only by tag: give --base-name NAME to register NAME:v1", List.of(entry("v1")));
        assertNoName(
                "its image has no name: give --base-name NAME to register NAME:latest", List.of(entry("a", Map.of())));
        assertNoName(
                "its images have no names: write it again with names, as with buildah push IMAGE oci:FOLDER:NAME",
                List.of(entry("a", Map.of()), entry("b", Map.of())));
    }

    private static void assertNoName(String message, List<Descriptor> entries) {
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> LayoutNames.of("layout", entries, null));
        assertEquals("layout: " + message + ": invalid argument", error.getMessage());
    }
}
