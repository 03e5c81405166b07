package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
        "v1, b/c:v1",
        "latest, b/c:latest",
        "_1.0-rc.2, b/c:_1.0-rc.2",
        "'', b/c:latest",
        "' a:1 ', a:1",
        "',', b/c:latest",
    })
    void aReferenceIsFullOrATag(String refName, String name) {
        LayoutNames names = LayoutNames.of(List.of(entry(refName)), "b/c");
        assertEquals(Set.of(name), names.targets().keySet());
        assertEquals(List.of(), names.refused());
    }

    @Test
    void commasSeparateNames() {
        LayoutNames names = LayoutNames.of(List.of(entry("a:1, v1,,a:1")), "b/c");
        assertEquals(Set.of("a:1", "b/c:v1"), names.targets().keySet());
        Descriptor full = entry("a", Map.of(IMAGE_NAME, "a:1,v1", REF_NAME, "v2"));
        assertEquals(
                Set.of("a:1", "v1"),
                LayoutNames.of(List.of(full), "b/c").targets().keySet());
    }

    @ParameterizedTest
    @CsvSource({
        "io.containerd.image.name, App:v1, ': repository names are lower case'",
        "org.opencontainers.image.ref.name, App:v1, ': repository names are lower case'",
        "org.opencontainers.image.ref.name, .v1, ''",
        "org.opencontainers.image.ref.name, v1@sha256, ''",
        "io.containerd.image.name, 'a b', ''",
    })
    void everyNameIsChecked(String annotation, String name, String reason) {
        Descriptor bad = entry("a", Map.of(annotation, name));
        LayoutNames names = LayoutNames.of(List.of(bad, entry("v1")), "b/c");
        assertEquals(Set.of("b/c:v1"), names.targets().keySet());
        assertEquals(
                List.of(bad.digest() + ": \"" + name + "\" is not a reference to an image" + reason), names.refused());
    }

    @Test
    void aTagOfABaseNameIsCheckedToo() {
        LayoutNames names = LayoutNames.of(List.of(entry("v1")), "B");
        assertEquals(Map.of(), names.targets());
        assertEquals(1, names.refused().size());
    }

    @Test
    void theNameThatContainerdAnnotatesComesFirst() {
        Descriptor entry = entry("a", Map.of(IMAGE_NAME, "docker.io/library/a:1", REF_NAME, "1"));
        assertEquals(
                Map.of("docker.io/library/a:1", entry),
                LayoutNames.of(List.of(entry), null).targets());
    }

    @Test
    void severalWithoutAnyNameAreNamedByTheirDigests() {
        Descriptor first = entry("b", Map.of());
        Descriptor second = entry("c", Map.of());
        assertEquals(
                Map.of("b/c@" + first.digest(), first, "b/c@" + second.digest(), second),
                LayoutNames.of(List.of(first, second), "b/c").targets());
        assertEquals(
                Set.of("b/c:v1", "b/c@" + first.digest()),
                LayoutNames.of(List.of(entry("v1"), first), "b/c").targets().keySet());
    }

    @Test
    void aNameIsThatOfOneTarget() {
        Descriptor same = entry("v1");
        assertEquals(1, LayoutNames.of(List.of(same, same), "b/c").targets().size());
        Descriptor other = entry("b", Map.of(REF_NAME, "v1"));
        LayoutNames names = LayoutNames.of(List.of(same, other, entry("v2")), "b/c");
        assertEquals(Set.of("b/c:v2"), names.targets().keySet());
        assertEquals(
                List.of("\"b/c:v1\" is the name of several images: " + same.digest() + ", " + other.digest()),
                names.refused());
    }

    @Test
    void withoutABaseNameALineSaysWhatItWouldMake() {
        Descriptor tagged = entry("v1");
        Descriptor nameless = entry("b", Map.of());
        String advice = " and is left out: give --base-name NAME to register NAME";
        assertEquals(
                List.of(
                        tagged.digest() + " has only the tag v1" + advice + ":v1",
                        nameless.digest() + " has no name" + advice + "@" + nameless.digest()),
                LayoutNames.of(List.of(tagged, nameless), null).unnamed());
        assertEquals(
                List.of(nameless.digest() + " has no name" + advice + ":latest"),
                LayoutNames.of(List.of(nameless), null).unnamed());
    }
}
