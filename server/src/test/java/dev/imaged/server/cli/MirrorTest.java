package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ImageServer;
import dev.imaged.server.TestDaemon;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code imaged import --mirror} deletes, and what it must not. */
class MirrorTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    @TempDir
    Path folder;

    private final List<AutoCloseable> open = new ArrayList<>();
    private RemoteImageStores source;
    private RemoteImageStores target;

    @BeforeEach
    void start() {
        source = serve("source");
        target = serve("target");
        target.namespace("ns").create(new Image("old", TARGET));
    }

    private RemoteImageStores serve(String name) {
        open.add(ImageServer.start(
                TestDaemon.config(folder.resolve(name + ".data"), "--listen", address(name)), Clock.systemUTC()));
        RemoteImageStores stores = RemoteImageStores.connect(address(name));
        open.add(0, stores);
        return stores;
    }

    private String address(String name) {
        return "unix://" + folder.resolve(name);
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private String mirror(String from, int exitCode, String... more) {
        StringWriter err = new StringWriter();
        CommandLine command =
                Main.commandLine().setErr(new PrintWriter(err)).setOut(new PrintWriter(new StringWriter()));
        List<String> words = new ArrayList<>(List.of("import", "--from", address(from), "--mirror"));
        words.addAll(List.of("--address", address("target")));
        words.addAll(List.of(more));
        assertEquals(exitCode, command.execute(words.toArray(String[]::new)), err::toString);
        return err.toString();
    }

    private List<String> names() {
        return target.namespace("ns").list().stream().map(Image::name).toList();
    }

    @Test
    void anImageThatTheSourceDoesNotHaveIsDeleted() {
        source.namespace("ns").create(new Image("new", TARGET));

        assertEquals("deleted 1 images that " + address("source") + " does not have\n", mirror("source", 0));

        assertEquals(List.of("new"), names());
    }

    @Test
    void nothingIsDeletedForASourceWithoutImagesUnlessForced() {
        assertEquals(
                "imaged: " + address("source")
                        + " has no image at all, and --mirror would delete all others: add --force to insist\n",
                mirror("source", 1));
        assertEquals(List.of("old"), names());

        mirror("source", 0, "--force");

        assertEquals(List.of(), names());
    }

    @Test
    void aStoreIsNotItsOwnSource() {
        assertEquals(
                "imaged: " + address("target") + " and the daemon to copy to are one store: --mirror needs two\n",
                mirror("target", 1));
    }

    @Test
    void anImageThatTheSourceGotMeanwhileStays() {
        source.namespace("ns").create(new Image("old", TARGET));

        assertEquals(0, new Mirror(source, target).deleteOthers());

        assertEquals(List.of("old"), names());
    }
}
