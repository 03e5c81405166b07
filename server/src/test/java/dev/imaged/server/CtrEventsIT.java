package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The events of the daemon in {@code ctr} of containerd 1 and 2, and in a program with containerd's Go client. */
class CtrEventsIT {
    private static final Descriptor TARGET =
            new Descriptor("application/vnd.oci.image.index.v1+json", "sha256:" + "a".repeat(64), 7);

    @TempDir
    Path folder;

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private DaemonProcess daemon;
    private RemoteImageStores stores;
    private Process peer;

    @BeforeEach
    void start() throws IOException {
        daemon = DaemonProcess.serve(folder);
        stores = RemoteImageStores.connect("unix://" + folder.resolve("s"));
    }

    @AfterEach
    void stop() {
        if (peer != null) {
            peer.destroyForcibly();
        }
        if (daemon != null) {
            stores.close();
            daemon.close();
        }
    }

    /** A program that prints events as lines: its time, its namespace, its topic, and the event as JSON. */
    enum Peer {
        CTR_1,
        CTR_2,
        GO_CLIENT
    }

    private List<String> command(Peer peer) throws IOException {
        String socket = folder.resolve("s").toString();
        return switch (peer) {
            case CTR_1 -> ctr("ctr", socket);
            case CTR_2 -> ctr("ctr2", socket);
            case GO_CLIENT -> List.of(goProgram().toString(), socket);
        };
    }

    private static List<String> ctr(String program, String socket) {
        Peers.require(program);
        return List.of(program, "-a", socket, "events");
    }

    /** Builds the Go program from what is in the module cache. */
    private Path goProgram() throws IOException {
        Peers.require("go");
        Peers.require(go("list", "-deps", "."), "the modules of containerd's Go client are not in Go's module cache");
        Path program = folder.resolve("subscribe");
        assertTrue(go("build", "-buildvcs=false", "-o", program.toString(), "."), "it does not compile");
        return program;
    }

    private static boolean go(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("go"));
        command.addAll(List.of(arguments));
        ProcessBuilder process = new ProcessBuilder(command)
                .directory(Path.of("src", "test", "go", "subscribe").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        process.environment().put("GOPROXY", "off");
        try {
            return process.start().waitFor() == 0;
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private void events(Peer peer, String... filters) throws IOException {
        List<String> command = new ArrayList<>(command(peer));
        command.addAll(List.of(filters));
        this.peer = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectError(folder.resolve("peer.err").toFile())
                .start();
        BufferedReader out = this.peer.inputReader(StandardCharsets.UTF_8);
        Thread reader = new Thread(() -> out.lines().forEach(lines::add), "events");
        reader.setDaemon(true);
        reader.start();
    }

    /** Makes changes of a name until the first event of them is printed: the program does not say when it listens. */
    private void awaitFirst(ImageStore images) throws InterruptedException {
        String line = null;
        for (int i = 0; line == null && i < 300; i++) {
            images.create(new Image("probe", TARGET));
            images.delete("probe");
            line = lines.poll(100, TimeUnit.MILLISECONDS);
        }
        assertTrue(line != null, "the program printed nothing");
        images.create(new Image("last probe", TARGET));
        while (!line.contains("last probe")) {
            line = lines.poll(30, TimeUnit.SECONDS);
            assertTrue(line != null, "the program printed nothing more");
        }
    }

    private String next() throws InterruptedException {
        String line = lines.poll(30, TimeUnit.SECONDS);
        assertTrue(line != null, "the program printed nothing");
        return line.substring(line.indexOf(" UTC ") + " UTC ".length()).strip(); // without the time
    }

    @ParameterizedTest
    @EnumSource
    void itShowsCreatesUpdatesAndDeletesOfAllNamespaces(Peer peer) throws Exception {
        events(peer);
        awaitFirst(stores.namespace("demo"));
        ImageStore other = stores.namespace("other");
        other.create(new Image("docker.io/library/app:v1", Map.of("k", "v"), TARGET));
        other.update(new Image("docker.io/library/app:v1", TARGET), UpdateMask.all());
        other.delete("docker.io/library/app:v1");

        assertEquals("other /images/create {\"name\":\"docker.io/library/app:v1\",\"labels\":{\"k\":\"v\"}}", next());
        assertEquals("other /images/update {\"name\":\"docker.io/library/app:v1\"}", next());
        assertEquals("other /images/delete {\"name\":\"docker.io/library/app:v1\"}", next());
    }

    @ParameterizedTest
    @EnumSource
    void itFilters(Peer peer) throws Exception {
        events(peer, "namespace==demo,topic~=create");
        awaitFirst(stores.namespace("demo"));
        stores.namespace("other").create(new Image("elsewhere", TARGET));
        stores.namespace("demo").create(new Image("here", TARGET));

        assertEquals("demo /images/create {\"name\":\"here\"}", next());
    }
}
