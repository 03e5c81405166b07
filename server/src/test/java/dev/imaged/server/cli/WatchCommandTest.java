package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.images.Position;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the command prints. Its watch ends with the stores. */
class WatchCommandTest {
    private static final Descriptor TARGET = new Descriptor("x/y", "sha256:" + "a".repeat(64), 7);
    private static final Descriptor OTHER = new Descriptor("x/y", "sha256:" + "b".repeat(64), 8);

    private final ImageStores stores =
            new InMemoryImageStores(Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC));
    private final CommandLineFixture imaged = new CommandLineFixture(stores);

    /** Runs the command behind the first change until it has printed so many lines, and returns these. */
    private List<String> lines(int count, String... arguments) throws Exception {
        CompletableFuture<Integer> command = CompletableFuture.supplyAsync(() -> imaged.run(arguments));
        while (imaged.out().lines().count() < count && !command.isDone()) {
            Thread.sleep(5);
        }
        stores.close();
        command.get(30, TimeUnit.SECONDS);
        assertEquals("imaged: the image stores are closed", imaged.err().strip());
        return imaged.out().lines().toList();
    }

    private String origin() {
        return new Position(
                        stores.changes()
                                .orElseThrow()
                                .watch(dev.imaged.images.WatchOptions.allNamespaces())
                                .next()
                                .position()
                                .store(),
                        0)
                .toString();
    }

    private void change() {
        imaged.images("default").create(new Image("a:1", Map.of("k", "v"), TARGET));
        imaged.images("default").update(new Image("a:1", OTHER), UpdateMask.target());
        imaged.images("other").create(new Image("b\n", TARGET));
        imaged.images("default").delete("a:1");
    }

    @Test
    void aChangeIsALine() throws Exception {
        change();

        assertEquals(
                List.of(
                        "2026-01-02T03:04:05Z  CREATE  default  a:1  - -> sha256:aaaaaaaaaaaa",
                        "2026-01-02T03:04:05Z  UPDATE  default  a:1  sha256:aaaaaaaaaaaa -> sha256:bbbbbbbbbbbb",
                        "2026-01-02T03:04:05Z  DELETE  default  a:1  sha256:bbbbbbbbbbbb -> -"),
                lines(3, "images", "watch", "--after", origin()));
    }

    @Test
    void allNamespacesAreWatchedAndNamesStayOnTheirLine() throws Exception {
        change();

        List<String> lines = lines(4, "images", "watch", "-A", "--after", origin());

        assertEquals(4, lines.size());
        assertEquals("2026-01-02T03:04:05Z  CREATE  other  b\\n  - -> sha256:aaaaaaaaaaaa", lines.get(2));
    }

    @Test
    void filtersSelect() throws Exception {
        change();

        List<String> lines = lines(1, "images", "watch", "-A", "--after", origin(), "name~=b");

        assertEquals(1, lines.size());
    }

    @Test
    void aSnapshotComesFirst() throws Exception {
        change();

        assertEquals(
                List.of("2026-01-02T03:04:05Z  IMAGE   other  b\\n  - -> sha256:aaaaaaaaaaaa"),
                lines(1, "images", "watch", "-A", "--snapshot"));
    }

    @Test
    void aLineOfJsonHasAllAndThePositionBehindIt() throws Exception {
        imaged.images("default").create(new Image("a:1", Map.of("k", "v"), TARGET));
        String origin = origin();

        assertEquals(
                List.of("{\"kind\":\"CREATE\",\"match\":\"ENTERED\",\"time\":\"2026-01-02T03:04:05Z\","
                        + "\"namespace\":\"default\",\"name\":\"a:1\",\"revision\":1,\"previousRevision\":0,"
                        + "\"before\":null,\"after\":{\"name\":\"a:1\",\"labels\":{\"k\":\"v\"},\"target\":{"
                        + "\"mediaType\":\"x/y\",\"digest\":\"" + TARGET.digest()
                        + "\",\"size\":7,\"annotations\":{}},\"createdAt\":\"2026-01-02T03:04:05Z\","
                        + "\"updatedAt\":\"2026-01-02T03:04:05Z\"},\"position\":\""
                        + origin.replace("/0", "/1") + "\"}"),
                lines(1, "images", "watch", "-o", "json", "--after", origin));
    }

    @Test
    void aPositionThatIsNotOneIsRefused() {
        assertTrue(imaged.stderr(2, "images", "watch", "--after", "12")
                .contains("position 12 is not written STORE/REVISION"));
    }

    @Test
    void aServerThatTellsNoChangesIsNamedAsTheReason() {
        ImageStores plain = new ImageStores() {
            @Override
            public AsyncImageStore async(String namespace) {
                return stores.async(namespace);
            }

            @Override
            public void close() {}
        };

        assertEquals(
                "imaged: the server does not tell its changes: it is not imaged, or an older one",
                new CommandLineFixture(plain).stderr(1, "images", "watch").strip());
    }
}
