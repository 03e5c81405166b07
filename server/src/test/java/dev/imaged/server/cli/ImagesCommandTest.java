package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImagesCommandTest {
    private static final String DIGEST = "sha256:" + "a".repeat(64);
    private static final Descriptor TARGET =
            new Descriptor(MediaType.OCI_MANIFEST, DIGEST, 7, Map.of("org.opencontainers.image.ref.name", "1"));

    private static final Descriptor OTHER = new Descriptor("x/y", "sha256:" + "b".repeat(64), 8);

    private final ImageStores stores =
            new InMemoryImageStores(Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC));
    private final CommandLineFixture imaged = new CommandLineFixture(stores);

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
    void onATerminalNamesCannotSteerIt() {
        imaged.images("default").create(new Image("b\n\u001b[31m\u202e\"\\", TARGET));
        CommandLineFixture terminal = new CommandLineFixture(stores, true);
        assertEquals("a:1\nb\\n\\x1b[31m\\u202e\"\\\n", terminal.stdout("images", "ls", "-q"));
        assertEquals("a:1\0b\\n\\x1b[31m\\u202e\"\\\0", terminal.stdout("images", "ls", "-0"));
        assertTrue(terminal.stdout("images", "ls").contains("\nb\\n\\x1b[31m\\u202e\"\\  "), terminal::out);
        assertEquals("b\\n\\x1b[31m\\u202e\"\\\n", terminal.stdout("images", "rm", "b\n\u001b[31m\u202e\"\\"));
    }

    @Test
    void aProgramGetsNamesAsTheyAre() {
        String name = "b\n\u001b[31m\u202e\"\\ é𝄞";
        imaged.images("default").create(new Image(name, TARGET));
        assertEquals("a:1\n" + name + "\n", imaged.stdout("images", "ls", "-q"));
        assertEquals("a:1\0" + name + "\0", imaged.stdout("images", "ls", "-0"));
        assertEquals("a:1\0" + name + "\0", imaged.stdout("images", "ls", "-q0"));
        assertEquals(name + "\n", imaged.stdout("images", "rm", name));
    }

    @Test
    void aNameWithANulIsNotGivenToXargsAsTwo() {
        imaged.images("default").create(new Image("b\0c", TARGET));
        assertTrue(imaged.stderr(1, "images", "ls", "-0").contains("name \"b\\x00c\" has a NUL in it"), imaged::err);
        assertEquals("a:1\0", imaged.out());
    }

    @Test
    void optionsOfAListAreAllToHold() {
        imaged.images("default").create(new Image("a:2", Map.of("k", "v", "l", "w"), TARGET));
        imaged.images("default").create(new Image("a:3", Map.of("k", "w", "l", "w"), OTHER));
        assertEquals("a:1\na:2\n", imaged.stdout("images", "ls", "-q", "--label", "k=v"));
        assertEquals("a:2\n", imaged.stdout("images", "ls", "-q", "--label", "k=v", "--label", "l=w"));
        assertEquals("a:2\na:3\n", imaged.stdout("images", "ls", "-q", "--label", "l"));
        assertEquals("a:3\n", imaged.stdout("images", "ls", "-q", "--digest", OTHER.digest()));
        assertEquals("", imaged.stdout("images", "ls", "-q", "--digest", OTHER.digest(), "--label", "k=v"));
        assertEquals("a:2\n", imaged.stdout("images", "ls", "-q", "--name-prefix", "a:2", "--label", "l=w"));
    }

    @Test
    void optionsNarrowEachFilter() {
        imaged.images("default").create(new Image("a:2", Map.of("k", "w"), TARGET));
        imaged.images("default").create(new Image("b", Map.of("k", "v"), TARGET));
        String[] list = {"images", "ls", "-q", "name==a:1", "name==a:2", "name==b", "--label", "k=v"};
        assertEquals("a:1\nb\n", imaged.stdout(list));
        assertEquals("a:1\nb\n", imaged.stdout("images", "ls", "-q", "", "--label", "k=v"));
        assertEquals("a:1\n", imaged.stdout("images", "ls", "-q", "labels.k,name~=\"a,?\"", "--label", "k=v"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a,b",
                "a\"b\\",
                " ",
                "=",
                "/x/|y|",
                "a b\n\t",
                "é𝄞\uFFFD",
                "a.*[b]{1}^$|()+?-",
                "'x'",
                "\u2028",
                "!~"
            })
    void valuesOfOptionsAreAnyText(String text) {
        imaged.images("default").create(new Image(text + "1", Map.of("key " + text.replace("=", ""), text), TARGET));
        imaged.images("default").create(new Image("x" + text, Map.of("k", text + "x"), TARGET));
        String label = "key " + text.replace("=", "") + "=" + text;
        assertEquals(text + "1\n", imaged.stdout("images", "ls", "-q", "--label", label));
        assertEquals(text + "1\n", imaged.stdout("images", "ls", "-q", "--name-prefix", text));
    }

    @Test
    void removeByDigestRemovesWhatPointsToIt() {
        imaged.images("default").create(new Image("b", TARGET));
        imaged.images("default").create(new Image("c", OTHER));
        assertEquals("a:1\nb\n", imaged.stdout("images", "rm", "--digest", DIGEST));
        assertEquals("c\n", imaged.stdout("images", "ls", "-q"));
        assertEquals(
                "imaged: names that point to " + DIGEST + ": not found\n",
                imaged.stderr(1, "images", "rm", "--digest", DIGEST));
        assertTrue(
                imaged.stderr(2, "images", "rm", "c", "--digest", DIGEST).contains("do not go together"), imaged::err);
    }

    /** Moves a name at the moment before it is deleted. */
    @Test
    void removeByDigestKeepsANameThatHasMovedSince() {
        ImageStores moving = new ImageStores() {
            @Override
            public AsyncImageStore async(String namespace) {
                return (AsyncImageStore) Proxy.newProxyInstance(
                        AsyncImageStore.class.getClassLoader(),
                        new Class<?>[] {AsyncImageStore.class},
                        (proxy, method, arguments) -> {
                            AsyncImageStore store = stores.async(namespace);
                            if (method.getName().equals("delete")) {
                                store.update(new Image("a:1", OTHER), UpdateMask.target())
                                        .join();
                            }
                            return method.invoke(store, arguments);
                        });
            }

            @Override
            public void close() {}
        };
        imaged.images("default").create(new Image("b", TARGET));
        assertEquals("b\n", new CommandLineFixture(moving).stdout("images", "rm", "--digest", DIGEST));
        assertEquals(OTHER, imaged.images("default").get("a:1").target());
    }

    @Test
    void createMakesAnImageOfItsOptions() {
        String[] create = {
            "images",
            "create",
            "b",
            "--digest",
            DIGEST,
            "--media-type",
            "m",
            "--size",
            "9",
            "--label",
            "k=v=w",
            "--label",
            "l=x"
        };
        assertTrue(imaged.stdout(create).contains("k=v=w,l=x"), imaged::out);
        Image image = imaged.images("default").get("b");
        assertEquals(Map.of("k", "v=w", "l", "x"), image.labels());
        assertEquals(new Descriptor("m", DIGEST, 9), image.target());
        assertEquals("imaged: image \"b\": already exists\n", imaged.stderr(1, create));
        create[8] = "0";
        assertTrue(imaged.stderr(2, create).contains("target.Size must be greater than zero"), imaged::err);
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
        imaged.images("default").create(new Image("b", Map.of("old", "1"), OTHER));
        assertEquals("imaged: image \"b\": already exists\n", imaged.stderr(1, "images", "tag", "a:1", "b", "c"));
        assertEquals(OTHER, imaged.images("default").get("b").target());
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
    }

    @Test
    void errorsOfTheCommandLineExitWith2() {
        assertEquals(
                "imaged: Unknown option: '--foo' (see imaged images ls --help)\n",
                imaged.stderr(2, "images", "ls", "--foo"));
        assertTrue(imaged.stderr(2, "images", "ls", "-n", "a..b").contains("namespace validation: "), imaged::err);
        assertTrue(imaged.stderr(2, "images", "ls", "name=a").contains("unsupported operator"), imaged::err);
        assertTrue(imaged.stderr(2, "images", "tag", "a:1", "").contains("Image.Name required"), imaged::err);
        String large = "k=" + "v".repeat(4096);
        assertTrue(imaged.stderr(2, "images", "label", "a:1", large).contains("4096 bytes"), imaged::err);
        assertTrue(imaged.stderr(2, "images", "label", "a:1", "=v").contains("'=v' is not KEY=VALUE"));
        assertTrue(imaged.stderr(2, "images", "ls", "--timeout", "5").contains("'5' is not a duration"));
        assertTrue(
                imaged.stderr(2, "images", "ls", "-o", "yaml").contains("'yaml' is not one of table, json"),
                imaged::err);
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
        String error = imaged.stderr(2, "images", "ls", "--content", "a\0b");
        assertTrue(error.contains("\"a\\x00b\" is not a path: "), error);
    }
}
