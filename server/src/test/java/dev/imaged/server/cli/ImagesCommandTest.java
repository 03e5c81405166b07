package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ImagesCommandTest {
    private static final String DIGEST = "sha256:" + "a".repeat(64);
    private static final Descriptor TARGET =
            new Descriptor(MediaType.OCI_MANIFEST, DIGEST, 7, Map.of("org.opencontainers.image.ref.name", "1"));

    private final CommandLineFixture imaged = new CommandLineFixture(
            new InMemoryImageStores(Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC)));

    @BeforeEach
    void create() {
        imaged.images("default").create(new Image("a:1", Map.of("k", "v"), TARGET));
    }

    @Test
    void aTableIsReadable() {
        assertEquals("""
                NAME  TYPE                                        DIGEST                                                                   CREATED               UPDATED               LABELS
                a:1   application/vnd.oci.image.manifest.v1+json  sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  2026-01-02T03:04:05Z  2026-01-02T03:04:05Z  k=v
                """, imaged.stdout("images", "ls"));
    }

    @Test
    void jsonHasOneShape() {
        String image = """
                {
                  "name" : "a:1",
                  "labels" : {
                    "k" : "v"
                  },
                  "target" : {
                    "mediaType" : "application/vnd.oci.image.manifest.v1+json",
                    "digest" : "DIGEST",
                    "size" : 7,
                    "annotations" : {
                      "org.opencontainers.image.ref.name" : "1"
                    }
                  },
                  "createdAt" : "2026-01-02T03:04:05Z",
                  "updatedAt" : "2026-01-02T03:04:05Z"
                }""".replace("DIGEST", DIGEST);
        assertEquals(image + "\n", imaged.stdout("images", "get", "a:1", "-o", "json"));
        assertEquals("[ " + image + " ]\n", imaged.stdout("images", "ls", "--output=json"));
    }

    @Test
    void quietPrintsNamesThatCannotSteerTheTerminal() {
        imaged.images("default").create(new Image("b\n\u001b[31m\u202e\"\\", TARGET));
        assertEquals("a:1\nb\\n\\x1b[31m\\u202e\"\\\n", imaged.stdout("images", "ls", "-q"));
        assertTrue(imaged.stdout("images", "ls").contains("\nb\\n\\x1b[31m\\u202e\"\\  "), imaged::out);
    }

    @Test
    void aNamespaceIsGivenBeforeOrBehindTheSubcommand() {
        imaged.images("other").create(new Image("b", TARGET));
        assertEquals("b\n", imaged.stdout("images", "-n", "other", "ls", "-q"));
        assertEquals("b\n", imaged.stdout("images", "ls", "-q", "--namespace", "other"));
        assertEquals("a:1\n", imaged.stdout("images", "ls", "-q"));
    }

    @Test
    void tagCopiesTargetAndLabels() {
        imaged.stdout("images", "tag", "a:1", "b", "c");
        Image copy = imaged.images("default").get("c");
        assertEquals(TARGET, copy.target());
        assertEquals(Map.of("k", "v"), copy.labels());
        assertEquals("a:1\nb\nc\n", imaged.stdout("images", "ls", "-q"));
    }

    @Test
    void tagReplacesOnlyWithForce() {
        Descriptor other = new Descriptor("x/y", "sha256:" + "b".repeat(64), 8);
        imaged.images("default").create(new Image("b", Map.of("old", "1"), other));
        assertEquals("imaged: image \"b\": already exists\n", imaged.stderr(1, "images", "tag", "a:1", "b", "c"));
        assertEquals(other, imaged.images("default").get("b").target());
        assertEquals(TARGET, imaged.images("default").get("c").target());
        imaged.stdout("images", "tag", "--force", "a:1", "b");
        assertEquals(TARGET, imaged.images("default").get("b").target());
        assertEquals(Map.of("k", "v"), imaged.images("default").get("b").labels());
    }

    @Test
    void labelSetsAndRemovesWhatItNames() {
        imaged.stdout("images", "label", "a:1", "x.y=1=2", "z=3");
        assertEquals(
                Map.of("k", "v", "x.y", "1=2", "z", "3"),
                imaged.images("default").get("a:1").labels());
        imaged.stdout("images", "label", "a:1", "k=", "x.y=");
        assertEquals(Map.of("z", "3"), imaged.images("default").get("a:1").labels());
        assertEquals(TARGET, imaged.images("default").get("a:1").target());
    }

    @Test
    void removeGoesOnAfterAFailure() {
        imaged.images("default").create(new Image("b", TARGET));
        assertEquals(
                "imaged: image \"x\\n\": not found\n", imaged.stderr(1, "images", "rm", "a:1", "x\n", "b", "--sync"));
        assertEquals("a:1\nb\n", imaged.out());
        assertEquals("", imaged.stdout("images", "ls", "-q"));
    }

    @Test
    void errorsOfTheOperationExitWith1() {
        assertEquals("imaged: image \"x\": not found\n", imaged.stderr(1, "images", "get", "x"));
        assertTrue(imaged.stderr(1, "images", "ls", "-n", "a..b").startsWith("imaged: namespace validation: "));
    }

    @Test
    void errorsOfTheCommandLineExitWith2() {
        assertEquals(
                "imaged: Unknown option: '--foo' (see imaged images ls --help)\n",
                imaged.stderr(2, "images", "ls", "--foo"));
        assertEquals("imaged: Missing required subcommand (see imaged images --help)\n", imaged.stderr(2, "images"));
        assertTrue(imaged.stderr(2, "images", "label", "a:1", "=v").contains("'=v' is not KEY=VALUE"));
        assertTrue(imaged.stderr(2, "images", "ls", "--timeout", "5").contains("'5' is not a duration"));
        assertTrue(imaged.stderr(2, "images", "ls", "-o", "yaml").contains("but was 'yaml'"), imaged::err);
        assertTrue(imaged.stderr(2, "images", "rm").contains("Missing required parameter: 'NAME'"), imaged::err);
    }

    @Test
    void aServerThatDoesNotAnswerIsNamedOnce() {
        CommandLineFixture unavailable = new CommandLineFixture(new ImageStores() {
            @Override
            public AsyncImageStore async(String namespace) {
                throw new Unavailable("no answer", null);
            }

            @Override
            public void close() {}
        });
        assertEquals("imaged: no answer\n", unavailable.stderr(1, "images", "rm", "a", "b", "--address", "unix:///s"));
    }

    @Test
    void anUnexpectedErrorIsOneLine() {
        CommandLineFixture broken = new CommandLineFixture(new ImageStores() {
            @Override
            public AsyncImageStore async(String namespace) {
                throw new IllegalStateException("a\nb");
            }

            @Override
            public void close() {}
        });
        assertEquals(
                "imaged: internal error: java.lang.IllegalStateException: a\\nb\n", broken.stderr(1, "images", "ls"));
    }

    @Test
    void helpNamesTheDefaults() {
        String help = imaged.stdout("images", "ls", "--help");
        assertTrue(help.contains("IMAGED_ADDRESS"), help);
        assertTrue(help.contains("One of table, json (default: table)."), help);
    }

    @Test
    void noErrorRepeatsALongName() {
        String large = "x".repeat(200_000);
        for (String[] arguments : new String[][] {
            {"images", "get", large},
            {"images", "rm", large},
            {"images", "tag", large, "b"},
            {"images", "label", large, "k=v"}
        }) {
            String error = imaged.stderr(1, arguments);
            assertTrue(error.startsWith("imaged: image \"xxx"), error);
            assertTrue(error.endsWith("xxx\": not found\n"), error);
            assertTrue(error.length() < 1500, () -> error.length() + " characters");
        }
    }

    @Test
    void whatCannotBeAPathIsNamed() {
        String error = imaged.stderr(1, "images", "ls", "--content", "a\0b");
        assertTrue(error.startsWith("imaged: \"a\\x00b\" is not a path: "), error);
    }
}
