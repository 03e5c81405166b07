package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ImageServer;
import dev.imaged.server.TestDaemon;
import dev.imaged.server.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Moves all images from one machine to a cluster, and back, as docs/cluster.md says. */
class EtcdMoveTest {
    private static final Descriptor TARGET =
            new Descriptor("m", "sha256:" + "a".repeat(64), Long.MAX_VALUE, Map.of("ä\n", "\0\"\\"));

    @AutoClose
    private static EtcdCluster cluster;

    @TempDir
    Path folder;

    private final List<ImageServer> servers = new ArrayList<>();
    private EtcdConfig config;
    private StringWriter out;
    private StringWriter err;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = EtcdCluster.start(1);
    }

    @BeforeEach
    void start() {
        config = cluster.newStore();
        serve("old");
        serve("one", "--etcd", cluster.endpoints().get(0), "--etcd-prefix", config.prefix());
        serve("two", "--etcd", cluster.endpoints().get(0), "--etcd-prefix", config.prefix());
    }

    @AfterEach
    void stop() {
        servers.forEach(ImageServer::close);
    }

    private void serve(String name, String... flags) {
        List<String> arguments = new ArrayList<>(List.of("--listen", address(name)));
        arguments.addAll(List.of(flags));
        servers.add(ImageServer.start(
                TestDaemon.config(folder.resolve(name), arguments.toArray(String[]::new)), Clock.systemUTC()));
    }

    private String address(String name) {
        return "unix://" + folder.resolve(name + ".sock");
    }

    private void run(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        CommandLine command = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        assertEquals(0, command.execute(arguments), () -> out + "" + err);
    }

    private String dump(String of) throws IOException {
        Path file = folder.resolve(of + ".jsonl");
        run("dump", "--force", "--address", address(of), file.toString());
        return Files.readString(file);
    }

    private void fill(String which) {
        try (RemoteImageStores stores = RemoteImageStores.connect(address(which))) {
            for (String namespace : List.of("ns-1", "ns-2")) {
                ImageStore store = stores.namespace(namespace);
                for (String name : List.of("plain", "a\0b\nc\r\"\\", "ünïcode 𝄞 \uFEFF", "gone")) {
                    store.create(new Image(name, Map.of("k\t\0", "v ö", "l", "w"), TARGET));
                }
                store.update(new Image("plain", TARGET), UpdateMask.label("l"));
            }
        }
    }

    @Test
    void aDumpMovesAllImagesToTheClusterAndBack() throws IOException {
        fill("old");
        String dump = dump("old");

        run("load", "--address", address("one"), folder.resolve("old.jsonl").toString());

        assertEquals("CREATED  REPLACED  UNCHANGED\n8        0         0\n", out.toString());
        assertEquals(dump, dump("two"));

        serve("new");
        run("load", "--address", address("new"), folder.resolve("two.jsonl").toString());
        assertEquals(dump, dump("new"));
    }

    @Test
    void anImportMovesTheImagesAndThenOnlyWhatHasChangedSince() throws IOException {
        fill("old");
        run("import", "--from", address("old"), "--address", address("one"));
        assertEquals("CREATED  REPLACED  UNCHANGED\n8        0         0\n", out.toString());
        try (RemoteImageStores old = RemoteImageStores.connect(address("old"))) {
            old.namespace("ns-1").delete("gone");
            old.namespace("ns-1").create(new Image("new", TARGET));
            old.namespace("ns-2").update(new Image("plain", Map.of("x", "y"), TARGET), UpdateMask.all());
        }

        run("import", "--from", address("old"), "--mirror", "--address", address("two"));

        assertEquals("CREATED  REPLACED  UNCHANGED\n1        1         6\n", out.toString());
        assertEquals("deleted 1 images that " + address("old") + " does not have\n", err.toString());
        assertEquals(dump("old"), dump("one"));
    }

    @Test
    void anImportMovesTheImagesBackFromEitherDaemon() throws IOException {
        fill("one");
        serve("new");

        run("import", "--from", address("one") + "," + address("two"), "--address", address("new"));

        assertEquals(dump("two"), dump("new"));
    }
}
