package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.remote.RemoteMaintenance;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command that lists a namespace of more than 16 MiB, as a process with a small heap. */
class StreamedListIT {
    private static final int IMAGES = 100_000;

    /** Less than the list takes as one message, and far less than it takes decoded. */
    private static final String HEAP = "-Xmx32m";

    @TempDir
    static Path folder;

    private static ImageServer server;

    @BeforeAll
    static void serve() throws Exception {
        server = ImageServer.start(
                TestDaemon.config(folder.resolve("data"), "--listen", "unix://" + folder.resolve("s")),
                Clock.systemUTC());
        Descriptor target = new Descriptor("m", "sha256:" + "a".repeat(64), 1);
        try (Maintenance daemon = new RemoteMaintenance(RemoteImageStores.connect(address()));
                Maintenance.Load load = daemon.load(false)) {
            for (int i = 0; i < IMAGES; i++) {
                Image image = new Image(name(i), Map.of("filler", "x".repeat(200)), target);
                load.add(new NamespacedImage("default", image));
            }
            load.finish();
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String address() {
        return server.addresses().get(0).toString();
    }

    private static String name(int number) {
        return "n%06d".formatted(number);
    }

    /** Runs a shell command in which LS is {@code imaged images ls}. */
    private static String shell(String command) throws Exception {
        String list = DaemonProcess.java() + " " + HEAP
                + " -XX:TieredStopAtLevel=1 -jar target/imaged.jar images ls --address " + address();
        return Peers.run("bash", "-c", command.replace("LS", list).replace("ERR", err().toString()));
    }

    private static Path err() {
        return folder.resolve("err");
    }

    @Test
    void itIsPrintedWholeInASmallHeap() throws Exception {
        assertEquals(String.valueOf(IMAGES), shell("set -o pipefail; LS -q | wc -l"));
        assertEquals(String.valueOf(IMAGES + 1), shell("set -o pipefail; LS | wc -l"));
        assertEquals(String.valueOf(IMAGES), shell("set -o pipefail; LS -o json | grep -c updatedAt"));
    }

    @Test
    void aReaderThatHasEnoughIsNotAnError() throws Exception {
        for (String options : new String[] {"-q", "-0", "", "-o json"}) {
            String codes = shell("LS " + options + " 2> ERR | head -c 10 > /dev/null; echo ${PIPESTATUS[@]}");
            assertEquals("0 0", codes, options);
            assertEquals("", Files.readString(err()), options);
        }
        assertEquals(name(0), shell("LS -q 2> ERR | head -1"));
    }

    @Test
    void whatCannotBePrintedIsStillAnError() throws Exception {
        String code = shell("LS -q 2> ERR > /dev/full; echo $?");
        assertEquals("1", code);
        assertTrue(Files.readString(err()).startsWith("imaged: standard output cannot be written"));
    }
}
