package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A namespace whose list does not fit into a message. */
class LongListTest {
    private static final int IMAGES = 20;
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    @TempDir
    Path folder;

    private ImageServer server;
    private RemoteImageStores stores;

    @BeforeEach
    void serve() {
        server = start("first");
        stores = RemoteImageStores.connect(address(server));
        Map<String, String> labels = new HashMap<>();
        for (int i = 0; i < 250; i++) {
            labels.put("key" + i, "v".repeat(4000));
        }
        for (int i = 0; i < IMAGES; i++) {
            stores.namespace("default").create(new Image(name(i), labels, TARGET));
        }
    }

    @AfterEach
    void stop() {
        stores.close();
        server.close();
    }

    private ImageServer start(String name) {
        Path socket = folder.resolve(name + ".sock");
        return ImageServer.start(
                TestDaemon.config(folder.resolve(name), "--listen", "unix://" + socket), Clock.systemUTC());
    }

    private static String address(ImageServer server) {
        return server.addresses().get(0).toString();
    }

    private static String name(int number) {
        return "n%02d".formatted(number);
    }

    private static String run(ImageServer on, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> command = new ArrayList<>(List.of(arguments));
        command.addAll(List.of("--address", address(on)));
        int code = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(command.toArray(String[]::new));
        assertEquals(0, code, err::toString);
        assertEquals("", err.toString());
        return out.toString();
    }

    @Test
    void aStreamHasWhatAListCannot() {
        ImageStore store = stores.namespace("default");
        ResourceExhausted error = assertThrows(ResourceExhausted.class, store::list);
        assertTrue(error.getMessage().contains("larger than max"), error::getMessage);
        try (Stream<Image> images = store.stream()) {
            assertEquals(
                    IMAGES, images.filter(image -> image.labels().size() == 250).count());
        }
    }

    @Test
    void theCommandsListItWhole() {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < IMAGES; i++) {
            names.append(name(i)).append('\n');
        }
        assertEquals(names.toString(), run(server, "images", "ls", "-q"));
        assertEquals(names.toString(), run(server, "images", "ls", "-q", "--as-of", String.valueOf(IMAGES)));
        assertEquals(IMAGES + 1, run(server, "images", "ls").lines().count());
        assertEquals(
                IMAGES,
                run(server, "images", "ls", "-o", "json")
                        .lines()
                        .filter(line -> line.contains("\"updatedAt\""))
                        .count());
    }

    @Test
    void anImportCopiesIt() {
        try (ImageServer other = start("second");
                RemoteImageStores copies = RemoteImageStores.connect(address(other))) {
            run(other, "import", "--quiet", "--from", address(server));
            try (Stream<Image> images = stores.namespace("default").stream();
                    Stream<Image> copied = copies.namespace("default").stream()) {
                assertEquals(images.toList(), copied.toList());
            }
        }
    }
}
