package dev.imaged.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.content.TestLayout;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.filters.Filter;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** The examples against a daemon; each test has a namespace of its own. */
class ExamplesIT {
    private static final Descriptor V1 = target('1');
    private static final Descriptor V2 = target('2');
    private static final Descriptor V3 = target('3');

    @TempDir
    static Path folder;

    private static Daemon daemon;

    @TempDir
    Path content;

    /** An example from its command line. */
    private interface Program {
        void run(String... args) throws Exception;
    }

    @BeforeAll
    static void start() throws IOException {
        daemon = new Daemon(folder);
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    private static Descriptor target(char digit) {
        return new Descriptor(
                MediaType.OCI_INDEX, "sha256:" + Character.toString(digit).repeat(64), 7);
    }

    private static ImageStore images(TestInfo test) {
        return daemon.stores().namespace(namespace(test));
    }

    private static String namespace(TestInfo test) {
        return test.getTestMethod().orElseThrow().getName();
    }

    private static List<String> printed(Program program, String... args) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            program.run(args);
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void thePollerTellsWhatCameMovedAndWent(TestInfo test) {
        ImageStore images = images(test);
        Image app = images.create(new Image("app", Map.of("team", "web"), V1));
        images.create(new Image("other", V1));
        Poller poller =
                new Poller(images, Filter.where().label("team").equalTo("web").build());

        assertEquals(List.of("+ app " + V1.digest()), poller.changes());
        assertEquals(List.of(), poller.changes());

        images.update(app.withTarget(V2), UpdateMask.target());
        images.create(new Image("app2", Map.of("team", "web"), V1));
        assertEquals(List.of("> app " + V2.digest(), "+ app2 " + V1.digest()), poller.changes());

        images.update(app.withLabels(Map.of("team", "web", "tier", "1")), UpdateMask.labels());
        images.delete("app2");
        assertEquals(List.of("= app {team=web, tier=1}", "- app2"), poller.changes());
    }

    @Test
    void theTagMoverMovesATagThatPointsToTheExpectedDigest(TestInfo test) throws Exception {
        ImageStore images = images(test);
        images.create(new Image("app:stable", Map.of("team", "web"), V1));
        images.create(new Image("app:v2", V2));

        String[] args = {daemon.address(), namespace(test), "app:stable", V1.digest(), "app:v2"};
        assertEquals(List.of("moved"), printed(TagMover::main, args));

        Image moved = images.get("app:stable");
        assertEquals(V2, moved.target());
        assertEquals(Map.of("team", "web"), moved.labels());
        assertEquals(List.of("not moved: the tag no longer points to " + V1.digest()), printed(TagMover::main, args));
    }

    @Test
    void theTagMoverLeavesATagThatPointsElsewhere(TestInfo test) {
        ImageStore images = images(test);
        Image elsewhere = images.create(new Image("app:stable", V3));
        images.create(new Image("app:v2", V2));

        assertFalse(new TagMover(images).move("app:stable", V1.digest(), "app:v2"));
        assertEquals(elsewhere, images.get("app:stable"));
        assertThrows(NotFound.class, () -> new TagMover(images).move("app:stable", V3.digest(), "app:v9"));
        assertEquals(elsewhere, images.get("app:stable"));
    }

    @Test
    void theListerTellsPlatformsAndSizesAndWhatIsNotThere(TestInfo test) throws Exception {
        TestLayout layout = new TestLayout(content.resolve("layout"));
        Descriptor config = layout.blob(MediaType.OCI_CONFIG, "{\"architecture\":\"arm64\",\"os\":\"linux\"}");
        Descriptor layer = layout.blob(MediaType.OCI_LAYER_GZIP, "layer");
        Descriptor manifest = layout.manifest(config, layer);
        images(test).create(new Image("app", manifest));
        images(test).create(new Image("gone", V1));

        List<String> lines = printed(
                Lister::main, daemon.address(), namespace(test), layout.folder().toString());

        long size = manifest.size() + config.size() + layer.size();
        assertEquals("app: linux/arm64 " + size, lines.get(0));
        assertTrue(lines.get(1).startsWith("gone: ") && lines.get(1).contains(V1.digest()), lines.get(1));
        assertEquals(2, lines.size());
    }

    @Test
    void theWalkPrintsEachBlobOnceAndWhatIsMissing(TestInfo test) throws Exception {
        TestLayout layout = new TestLayout(content.resolve("layout"));
        Descriptor config = layout.blob(MediaType.OCI_CONFIG, "{\"architecture\":\"arm64\",\"os\":\"linux\"}");
        Descriptor shared = layout.blob(MediaType.OCI_LAYER_GZIP, "shared");
        Descriptor lost = layout.blob(MediaType.OCI_LAYER_GZIP, "lost");
        Files.delete(layout.path(lost));
        Descriptor one = layout.manifest(config, shared);
        Descriptor two = layout.manifest(config, shared, lost);
        Descriptor index = layout.index(one, two);
        images(test).create(new Image("app", index));

        List<String> lines = printed(
                ContentWalk::main,
                daemon.address(),
                namespace(test),
                "app",
                layout.folder().toString());

        assertEquals(
                List.of(line(index), line(one), line(config), line(shared), line(two), line(lost) + " (missing)"),
                lines);
    }

    private static String line(Descriptor blob) {
        return blob.digest() + " " + blob.size() + " " + blob.mediaType();
    }
}
