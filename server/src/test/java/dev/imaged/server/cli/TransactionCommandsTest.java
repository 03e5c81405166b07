package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that change several images at once. */
class TransactionCommandsTest {
    private static final String DIGEST = "sha256:" + "a".repeat(64);
    private static final String OTHER = "sha256:" + "b".repeat(64);

    @TempDir
    Path folder;

    private final ImageStores stores =
            new InMemoryImageStores(Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC));
    private final CommandLineFixture imaged = new CommandLineFixture(stores);

    @BeforeEach
    void create() {
        imaged.images("default").create(new Image("app:v1", new Descriptor("x/y", DIGEST, 7)));
        imaged.images("default").create(new Image("app:v2", new Descriptor("x/y", OTHER, 8)));
        imaged.images("default").create(new Image("app:latest", new Descriptor("x/y", DIGEST, 7)));
    }

    private String file(String json) throws IOException {
        return Files.writeString(folder.resolve("request.json"), json).toString();
    }

    private String digest(String name) {
        return imaged.images("default").get(name).target().digest();
    }

    private List<String> names() {
        return imaged.images("default").list().stream().map(Image::name).toList();
    }

    @Test
    void applyCarriesOutAFile() throws IOException {
        String file = file("""
                {"operations": [
                  {"tag": {"source": "app:v2", "name": "app:latest"}, "condition": {"ifDigest": "%s"}},
                  {"delete": {"name": "app:v1"}},
                  {"delete": {"name": "none", "ignoreMissing": true}}
                ]}""".formatted(DIGEST));

        String expected = """
                CHANGE  NAME        DIGEST                                                                   REVISION
                update  app:latest  %s  4
                delete  app:v1      -                                                                        -
                none    none        -                                                                        -
                """.formatted(OTHER);
        assertEquals(expected, imaged.stdout("images", "apply", file, "--dry-run"));
        assertEquals(List.of("app:latest", "app:v1", "app:v2"), names());
        assertEquals(DIGEST, digest("app:latest"));
        assertEquals(expected, imaged.stdout("images", "apply", file, "--reason", "release 2"));
        assertEquals(List.of("app:latest", "app:v2"), names());
        assertEquals(OTHER, digest("app:latest"));
        assertEquals(
                "imaged: operations[0]: image \"app:latest\" is not as expected: its digest is " + OTHER + ", not "
                        + DIGEST + "; read it again\n",
                imaged.stderr(1, "images", "apply", file));
    }

    @Test
    void applyPrintsJson() throws IOException {
        String file = file("{\"operations\": [{\"delete\": {\"name\": \"app:v1\"}}], \"requestId\": \"r1\"}");

        assertTrue(imaged.stdout("images", "apply", file, "-o", "json").contains("\"replayed\" : false"));
        String again = imaged.stdout("images", "apply", file, "-o", "json");

        assertTrue(again.contains("\"replayed\" : true"), again);
        assertTrue(again.contains("\"name\" : \"app:v1\""), again);
        assertTrue(again.contains("\"kind\" : \"delete\""), again);
        assertTrue(again.contains("\"image\" : null"), again);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{\"operations\": [{\"tags\": {}}]}", "{\"operations\": 1}", "\0"})
    void aFileThatIsNotARequestIsRefused(String json) throws IOException {
        String file = file(json);
        int exit = imaged.run("images", "apply", file);

        assertTrue(exit != 0);
        assertEquals(1, imaged.err().lines().count(), imaged.err());
        assertEquals(3, names().size());
    }

    @Test
    void aFileOfAnotherNamespaceIsRefused() throws IOException {
        String file = file("{\"namespace\": \"ci\", \"checks\": [{\"name\": \"a\"}]}");

        assertEquals(
                "imaged: " + file + " is for namespace ci, and the command for default: give -n: invalid argument\n",
                imaged.stderr(1, "images", "apply", file));
        imaged.stdout("images", "-n", "ci", "apply", file);
    }

    @Test
    void undoTakesACommitBack() {
        imaged.images("default").delete("app:v1");

        assertEquals("""
                CHANGE  NAME    DIGEST                                                                   REVISION
                create  app:v1  %s  5
                """.formatted(DIGEST), imaged.stdout("images", "undo", "4"));
        assertEquals(3, names().size());
        assertEquals(
                "imaged: image \"app:v1\" is not as expected: revision 5 changed it after revision 4; read it again\n",
                imaged.stderr(1, "images", "undo", "4"));
        imaged.stdout("images", "undo", "5");
        imaged.stdout("images", "undo", "4", "--override");
        assertEquals(3, names().size());
        assertTrue(imaged.stderr(2, "images", "undo", "0").contains("must be greater than zero"), imaged::err);
        assertTrue(imaged.stderr(2, "images", "undo", "x").contains("'x'"), imaged::err);
    }

    @Test
    void revertMakesNamesWhatTheyWere() {
        imaged.images("default")
                .update(new Image("app:latest", Map.of(), new Descriptor("x/y", OTHER, 8)), UpdateMask.all());
        imaged.images("default").delete("app:v1");

        imaged.stdout("images", "revert", "app:latest", "app:v1", "--to", "3", "--dry-run");
        assertEquals(OTHER, digest("app:latest"));
        imaged.stdout("images", "revert", "app:latest", "app:v1", "--to", "3");

        assertEquals(DIGEST, digest("app:latest"));
        assertEquals(3, names().size());
        imaged.stdout("images", "revert", "app:v1", "--to", "2026-01-01T00:00:00+01:00");
        assertEquals(List.of("app:latest", "app:v2"), names());
        assertTrue(
                imaged.stderr(2, "images", "revert", "app:v1", "--to", "yesterday")
                        .contains("'yesterday' is not a revision"),
                imaged::err);
        assertTrue(imaged.stderr(1, "images", "revert", "app:v1", "--to", "99").contains("lies in the future"));
    }

    @Test
    void tagWithADigestMovesAllNamesOrNone() {
        imaged.images("default").create(new Image("app:stable", new Descriptor("x/y", OTHER, 8)));
        assertTrue(imaged.stderr(1, "images", "tag", "app:v2", "app:latest", "app:stable", "--if-digest", DIGEST)
                .contains("operations[1]: image \"app:stable\" is not as expected"));
        assertEquals(DIGEST, digest("app:latest"));

        assertTrue(
                imaged.stderr(2, "images", "tag", "app:v2", "app:latest", "--force", "--if-digest", DIGEST)
                        .contains("--force and --if-digest do not go together: give one of them"),
                imaged::err);
        assertEquals(DIGEST, digest("app:latest"));

        imaged.stdout("images", "tag", "app:v2", "app:latest", "--if-digest", DIGEST);

        assertEquals(OTHER, digest("app:latest"));
    }

    @Test
    void aDaemonThatCannotChangeSeveralImagesIsNamed() {
        CommandLineFixture containerd = new CommandLineFixture(new ImageStores() {
            @Override
            public AsyncImageStore async(String namespace) {
                return stores.async(namespace);
            }

            @Override
            public void close() {}
        });

        assertEquals(
                "imaged: the daemon cannot change several images at once: it is not imaged, or an older one\n",
                containerd.stderr(1, "images", "undo", "1"));
    }
}
