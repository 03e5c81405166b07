package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands show of the past. */
class PastCommandsTest {
    private static final Descriptor FIRST = new Descriptor("m", "sha256:" + "1".repeat(64), 1);
    private static final Descriptor SECOND = new Descriptor("m", "sha256:" + "2".repeat(64), 2);

    private final TestClock clock = new TestClock();
    private final ImageStores stores = new InMemoryImageStores(clock, 5);
    private final CommandLineFixture imaged = new CommandLineFixture(stores);

    /** Commits 1 to 4, ten seconds one after the other. */
    @BeforeEach
    void change() {
        clock.set(Instant.parse("2026-01-02T03:04:00Z"));
        imaged.images("default").create(new Image("a", FIRST));
        clock.advance(Duration.ofSeconds(10));
        imaged.images("default").create(new Image("b", Map.of("k", "v"), FIRST));
        clock.advance(Duration.ofSeconds(10));
        imaged.images("default").update(new Image("a", SECOND), UpdateMask.target());
        clock.advance(Duration.ofSeconds(10));
        imaged.images("default").delete("b");
    }

    @Test
    void aListIsThatOfARevisionOrOfATime() {
        assertEquals("", imaged.stdout("images", "ls", "-q", "--as-of", "0"));
        assertEquals("a\n", imaged.stdout("images", "ls", "-q", "--as-of", "1"));
        assertEquals("a\nb\n", imaged.stdout("images", "ls", "-q", "--as-of", "3"));
        assertEquals("a\0b\0", imaged.stdout("images", "ls", "-0", "--as-of", "2026-01-02T03:04:10Z"));
        assertEquals("a\n", imaged.stdout("images", "ls", "-q", "--as-of", "2026-01-02T05:04:09.999+02:00"));
        assertEquals("b\n", imaged.stdout("images", "ls", "-q", "--as-of", "2", "labels.k==v"));
        assertEquals("a\n", imaged.stdout("images", "ls", "-q"));
        assertTrue(imaged.stdout("images", "ls", "--as-of", "2").contains(FIRST.digest()), imaged::out);
        assertTrue(imaged.stdout("images", "ls", "--as-of", "3", "-o", "json").contains(SECOND.digest()), imaged::out);
    }

    @Test
    void anImageIsThatOfARevisionOrOfATime() {
        assertTrue(imaged.stdout("images", "get", "a", "--as-of", "2").contains(FIRST.digest()), imaged::out);
        assertTrue(
                imaged.stdout("images", "get", "a", "--as-of", "2026-01-02T03:04:20Z")
                        .contains(SECOND.digest()),
                imaged::out);
        assertTrue(imaged.stdout("images", "get", "b", "--as-of", "3").contains("k=v"), imaged::out);
        assertEquals("imaged: image \"b\": not found\n", imaged.stderr(1, "images", "get", "b", "--as-of", "1"));
    }

    @Test
    void aHistoryIsATableWithTheNewestChangeFirst() {
        imaged.images("default").create(new Image("b", Map.of("k", "w"), SECOND));
        assertEquals("""
                REVISION  TIME                  CHANGE  BEFORE               AFTER
                5         2026-01-02T03:04:30Z  create  -                    sha256:222222222222
                4         2026-01-02T03:04:30Z  delete  sha256:111111111111  -
                2         2026-01-02T03:04:10Z  create  -                    sha256:111111111111
                """, imaged.stdout("images", "history", "b"));
        assertEquals("", imaged.err());
        assertTrue(
                imaged.stdout("images", "history", "a").contains("update  sha256:111111111111  sha256:222222222222\n"),
                imaged::out);
    }

    @Test
    void aHistoryInJsonIsALineForEachChange() {
        List<String> lines =
                imaged.stdout("images", "history", "b", "-o", "json").lines().toList();
        assertEquals(2, lines.size(), imaged::out);
        String image = """
                {"name":"b","labels":{"k":"v"},"target":{"mediaType":"m","digest":"DIGEST","size":1,"annotations":{}},\
                "createdAt":"2026-01-02T03:04:10Z","updatedAt":"2026-01-02T03:04:10Z"}""".replace("DIGEST", FIRST.digest());
        assertEquals("""
                {"revision":2,"time":"2026-01-02T03:04:10Z","kind":"create","namespace":"default","name":"b",\
                "previousRevision":0,"before":null,"after":IMAGE,\
                "cause":{"actor":"","requestId":"","reason":"","undoneRevision":0}}""".replace("IMAGE", image), lines.get(1));
        assertTrue(lines.get(0).contains("\"before\":" + image + ",\"after\":null"), lines.get(0));
    }

    @Test
    void aLongHistoryIsPrintedWhole() {
        CommandLineFixture all = new CommandLineFixture(new InMemoryImageStores());
        all.images("default").create(new Image("a", FIRST));
        for (int i = 0; i < 250; i++) {
            all.images("default").update(new Image("a", i % 2 == 0 ? SECOND : FIRST), UpdateMask.target());
        }
        assertEquals(252, all.stdout("images", "history", "a").lines().count());
        assertEquals(
                251, all.stdout("images", "history", "a", "-o", "json").lines().count());
    }

    @Test
    void aHistoryThatIsNotWholeSaysSo() {
        for (int i = 0; i < 3; i++) {
            imaged.images("default").update(new Image("a", FIRST), UpdateMask.target());
        }
        assertEquals(5, imaged.stdout("images", "history", "a").lines().count(), imaged::out);
        assertEquals("hint: older changes of this name are not kept any more\n", imaged.err());
        assertEquals(
                4, imaged.stdout("images", "history", "a", "-o", "json").lines().count(), imaged::out);
        String dropped = imaged.stderr(1, "images", "ls", "--as-of", "1");
        assertEquals("imaged: revision 1 is not kept any more: the oldest revision that can be read is 2\n", dropped);
        assertEquals(
                "imaged: revision 8 lies in the future: the newest is 7\n",
                imaged.stderr(1, "images", "get", "a", "--as-of", "8"));
    }

    @Test
    void aNameWithoutAHistoryIsNotFound() {
        assertEquals("imaged: history of image \"x\": not found\n", imaged.stderr(1, "images", "history", "x"));
        assertEquals("", imaged.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "yesterday", "1.5", "2026-01-02", "9999999999999999999", ""})
    void whatIsNotAMomentIsRefused(String text) {
        String error = imaged.stderr(2, "images", "ls", "--as-of=" + text);
        assertTrue(error.contains("'" + text + "' is not a revision, such as 812, or a time"), error);
    }

    /** As a containerd is. */
    @Test
    void aDaemonThatDoesNotKeepThePastIsNamed() {
        CommandLineFixture plain = new CommandLineFixture(new ImageStores() {
            @Override
            public AsyncImageStore async(String namespace) {
                return stores.async(namespace);
            }

            @Override
            public void close() {}
        });
        String message = "imaged: unix:///s does not keep what its images were, as an imaged does\n";
        assertEquals(message, plain.stderr(1, "images", "ls", "--as-of", "1", "--address", "unix:///s"));
        assertEquals(message, plain.stderr(1, "images", "get", "a", "--as-of", "1", "--address", "unix:///s"));
        assertEquals(message, plain.stderr(1, "images", "history", "a", "--address", "unix:///s"));
        assertEquals("a\n", plain.stdout("images", "ls", "-q"));
    }
}
