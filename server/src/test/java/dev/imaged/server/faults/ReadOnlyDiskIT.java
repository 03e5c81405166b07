package dev.imaged.server.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DaemonProcess;
import dev.imaged.server.DaemonProcess.Ended;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A data folder on a file system that cannot be written: a snapshot, or what the system made of a disk that failed. */
class ReadOnlyDiskIT {
    private static final int IMAGES = 50;
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "1".repeat(64), 1);

    @TempDir
    Path folder;

    private SmallDisk disk;

    @BeforeEach
    void mount() throws IOException {
        disk = SmallDisk.mount(folder.resolve("disk"), 64);
    }

    @AfterEach
    void unmount() throws IOException {
        if (disk != null) { // there is none where the test is skipped
            disk.close();
        }
    }

    private String data() {
        return disk.folder().resolve("data").toString();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void checkDumpAndStatsRead(boolean killed) throws IOException {
        write(killed);
        disk.makeReadOnly();
        Ended check = run("check", "--data", data());
        assertEquals(0, check.code(), check.err());
        Ended stats = run("stats", "--data", data(), "--output", "json");
        assertEquals(0, stats.code(), stats.err());
        assertTrue(stats.out().contains("\"images\" : " + IMAGES), stats.out());
        Ended dump = run("dump", "--data", data());
        assertEquals(0, dump.code(), dump.err());
        assertEquals(IMAGES, dump.out().lines().count(), dump.out());
    }

    @Test
    void whatHasToWriteIsRefusedInALineThatSaysWhy() throws IOException {
        write(false);
        disk.makeReadOnly();
        assertRefused(run("serve", "--data", data(), "--listen", "unix://" + folder.resolve("s")));
        assertRefused(run("load", "--data", data()));
    }

    private void assertRefused(Ended ended) {
        assertEquals(1, ended.code(), ended.err());
        assertEquals(1, ended.err().lines().count(), ended.err());
        assertTrue(ended.err().startsWith("imaged: "), ended.err());
        assertTrue(ended.err().contains(data()), ended.err());
        assertTrue(ended.err().toLowerCase(Locale.ROOT).contains("read-only"), ended.err());
    }

    private void write(boolean killed) throws IOException {
        String address = "unix://" + folder.resolve("s");
        try (DaemonProcess daemon = DaemonProcess.start(folder, "serve", "--data", data(), "--listen", address)) {
            daemon.greeting();
            try (RemoteImageStores stores = RemoteImageStores.connect(address)) {
                ImageStore store = stores.namespace("default");
                for (int i = 0; i < IMAGES; i++) {
                    store.create(new Image("image" + i, Map.of("n", "" + i), TARGET));
                }
            }
            if (killed) {
                daemon.kill();
            } else {
                daemon.terminate();
                daemon.awaitEnd();
            }
        }
    }

    private Ended run(String... arguments) throws IOException {
        try (DaemonProcess command = DaemonProcess.start(folder, arguments)) {
            return command.awaitEnd();
        }
    }
}
