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
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ctr events} of containerd against the daemon. */
class CtrEventsIT {
    private static final Descriptor TARGET =
            new Descriptor("application/vnd.oci.image.index.v1+json", "sha256:" + "a".repeat(64), 7);

    @TempDir
    Path folder;

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private DaemonProcess daemon;
    private RemoteImageStores stores;
    private Process ctr;

    @BeforeEach
    void start() throws IOException {
        Peers.require("ctr");
        daemon = DaemonProcess.serve(folder);
        stores = RemoteImageStores.connect("unix://" + folder.resolve("s"));
    }

    @AfterEach
    void stop() {
        if (ctr != null) {
            ctr.destroyForcibly();
        }
        if (daemon != null) {
            stores.close();
            daemon.close();
        }
    }

    private void events(String... filters) throws IOException {
        List<String> command = new java.util.ArrayList<>(
                List.of("ctr", "-a", folder.resolve("s").toString(), "events"));
        command.addAll(List.of(filters));
        ctr = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectError(folder.resolve("ctr.err").toFile())
                .start();
        BufferedReader out = ctr.inputReader(StandardCharsets.UTF_8);
        Thread reader = new Thread(() -> out.lines().forEach(lines::add), "ctr-events");
        reader.setDaemon(true);
        reader.start();
    }

    /** Makes changes of a name until the first event of them is printed: ctr does not say when it listens. */
    private void awaitFirst(ImageStore images) throws InterruptedException {
        String line = null;
        for (int i = 0; line == null && i < 300; i++) {
            images.create(new Image("probe", TARGET));
            images.delete("probe");
            line = lines.poll(100, TimeUnit.MILLISECONDS);
        }
        assertTrue(line != null, "ctr printed nothing");
        images.create(new Image("last probe", TARGET));
        while (!line.contains("last probe")) {
            line = lines.poll(30, TimeUnit.SECONDS);
            assertTrue(line != null, "ctr printed nothing more");
        }
    }

    private String next() throws InterruptedException {
        String line = lines.poll(30, TimeUnit.SECONDS);
        assertTrue(line != null, "ctr printed nothing");
        return line.substring(line.indexOf(" UTC ") + " UTC ".length()).strip(); // without the time
    }

    @Test
    void itShowsCreatesUpdatesAndDeletesOfAllNamespaces() throws Exception {
        events();
        awaitFirst(stores.namespace("demo"));
        ImageStore other = stores.namespace("other");
        other.create(new Image("docker.io/library/app:v1", Map.of("k", "v"), TARGET));
        other.update(new Image("docker.io/library/app:v1", TARGET), UpdateMask.all());
        other.delete("docker.io/library/app:v1");

        assertEquals("other /images/create {\"name\":\"docker.io/library/app:v1\",\"labels\":{\"k\":\"v\"}}", next());
        assertEquals("other /images/update {\"name\":\"docker.io/library/app:v1\"}", next());
        assertEquals("other /images/delete {\"name\":\"docker.io/library/app:v1\"}", next());
    }

    @Test
    void itFilters() throws Exception {
        events("namespace==demo,topic~=create");
        awaitFirst(stores.namespace("demo"));
        stores.namespace("other").create(new Image("elsewhere", TARGET));
        stores.namespace("demo").create(new Image("here", TARGET));

        assertEquals("demo /images/create {\"name\":\"here\"}", next());
    }
}
