package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.content.TestArchives;
import dev.imaged.images.InMemoryImageStores;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code imaged import} makes of archives of many origins. */
class ImportInputsTest {
    private static final String APP = "sha256:fac20b9651239012c41ab30e11183bb31de0c7dfcd134e40095c3a365cd9d5c6";
    private static final String OTHER = "sha256:7aadc6aca0cd334249eecf111657642d971997aa7f15eb7479ad2093f99aa07b";

    @TempDir
    Path temp;

    private final CommandLineFixture imaged = new CommandLineFixture(new InMemoryImageStores());

    private String archive(String name) {
        return TestArchives.copy(name, temp).toString();
    }

    private String digest(String name) {
        return imaged.images("default").get(name).target().digest();
    }

    private String names() {
        return imaged.stdout("images", "ls", "-q");
    }

    @ParameterizedTest
    @CsvSource({
        "oci-unnamed-repotags.tar, docker.io/library/app:v1, sha256:fac20b96",
        "oci-nullmanifests-repotags.tar, docker.io/library/app:v1, sha256:cd3de380",
        "sparse-posix.tar, reg.example/app:v1, sha256:fac20b96",
        "sparse-ds-gnu.tar, docker.io/library/sp:v1, sha256:6397df71",
        "ds-ok.tar.gz, docker.io/library/app:v1, sha256:cd3de380",
        "ds-ok.tar.zst, docker.io/library/app:v1, sha256:cd3de380",
        "ds-ok.tar.xz, docker.io/library/app:v1, sha256:cd3de380",
        "ds-lowercasekeys.tar, docker.io/library/app:v1, sha256:cd3de380",
    })
    void anImageIsRegisteredWithoutAWarning(String file, String name, String digest) {
        String archive = archive(file);
        imaged.stdout("import", archive);
        assertEquals("", imaged.err());
        assertTrue(digest(name).startsWith(digest), () -> digest(name));
        assertEquals(name + "\n", names());
        String tree = imaged.stdout("inspect", name, "--content", archive);
        assertFalse(tree.contains("missing"), tree);
    }

    @Test
    void contentThatADescriptorCarriesIsPresent() {
        String archive = archive("oci-data.tar");
        imaged.stdout("import", archive);
        assertEquals("", imaged.err());
        String tree = imaged.stdout("inspect", "reg.example/art:v1", "--content", archive);
        assertEquals("", imaged.err());
        assertEquals(3, tree.split(" present", -1).length - 1, tree);
        assertFalse(tree.contains("missing"), tree);
    }

    @Test
    void namesThatACommaJoinsAreSeveral() {
        imaged.stdout("import", archive("oci-refcomma.tar"));
        assertEquals("", imaged.err());
        assertEquals("docker.io/library/app:latest\ndocker.io/library/app:v1\n", names());
        assertEquals(APP, digest("docker.io/library/app:v1"));
        assertEquals(APP, digest("docker.io/library/app:latest"));
    }

    @Test
    void imagesWithoutANameHaveTheirDigestsAfterTheBaseName() {
        String two = archive("oci-two-unnamed.tar");
        imaged.stdout("import", "--base-name", "reg.example/x", two);
        assertEquals("", imaged.err());
        assertEquals("reg.example/x@" + OTHER + "\nreg.example/x@" + APP + "\n", names());
        String mixed = archive("ds-mixed-untagged2.tar");
        imaged.stdout("import", "--base-name", "reg.example/y", mixed);
        assertEquals("", imaged.err());
        assertEquals(4, names().lines().count(), this::names);
        assertTrue(names().startsWith("docker.io/library/app:v1\n"), this::names);
    }

    @Test
    void theAdviceForAnImageWithoutANameWorks() {
        String mixed = archive("ds-mixed-untagged2.tar");
        imaged.stdout("import", mixed);
        String advice = imaged.err().replaceFirst("(?s).* to register NAME(\\S+)\n", "$1");
        assertTrue(advice.startsWith("@sha256:"), imaged::err);
        imaged.stdout("import", mixed, "--base-name", "reg.example/x");
        assertEquals(advice.substring(1), digest("reg.example/x" + advice));
        String error = imaged.stderr(1, "import", archive("oci-two-unnamed.tar"));
        assertTrue(
                error.contains(APP + " has no name and is left out: give --base-name NAME to register NAME@" + APP),
                error);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ds-symlink-rootrel.tar|manifest.json: /0: file \"l2/layer.tar\" is a link to \"l2/.x1.tar\", which is"
                        + " missing",
                "ds-v1only.tar|is neither an OCI image layout nor what docker save writes: it has neither oci-layout nor"
                        + " manifest.json",
                "oci-multiarch-flat.tar|\"reg.example/app:v1\" is the name of several images: " + APP + ", " + OTHER,
            })
    void anArchiveThatCannotBeReadIsOneLine(String file, String message) {
        String archive = archive(file);
        assertEquals(
                "imaged: " + archive + ": " + message + ": invalid argument\n", imaged.stderr(1, "import", archive));
        assertEquals("", names());
    }

    @Test
    void aNameInUpperCaseIsLeftOutWithTheRule() {
        String archive = archive("ds-upper-mixed.tar");
        String error = imaged.stderr(1, "import", archive);
        assertTrue(
                error.contains(": \"bazel/MyApp:tag\" is not a reference to an image: repository names are lower case:"
                        + " left out\n"),
                error);
        assertTrue(error.endsWith("imaged: " + archive + ": registered 1, left out 1: see the warnings\n"), error);
        assertEquals("docker.io/bazel/myapp:tag\n", names());
    }

    @Test
    void anImageWhoseManifestIsMissingIsLeftOutWithAWarning() {
        String archive = archive("oci-one-manifest-missing.tar");
        String error = imaged.stderr(1, "import", archive);
        assertTrue(error.startsWith("imaged: warning: reg.example/app:v2: content " + OTHER + " in "), error);
        assertTrue(
                error.endsWith(
                        ": not found: left out\nimaged: " + archive + ": registered 1, left out 1: see the warnings\n"),
                error);
        assertEquals("reg.example/app:v1\n", names());
        assertEquals(APP, digest("reg.example/app:v1"));
    }
}
