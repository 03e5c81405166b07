package dev.imaged.server.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DaemonProcess;
import dev.imaged.server.DaemonProcess.Ended;
import dev.imaged.server.StoreFolder;
import dev.imaged.server.faults.Fault.Call;
import dev.imaged.server.faults.Fault.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A data folder that a crash left is opened while one call on its files fails. That is refused in a line or goes well, and
 * afterwards all that was acknowledged is there. {@code -Dimaged.faults.calls=100} is a long run: the first 100 calls of each
 * kind fail, each in a start of its own; {@code -Dimaged.faults.only=READ} runs one kind.
 */
class StartFaultsIT {
    private static final int CALLS = Integer.getInteger("imaged.faults.calls", 3);

    /** A start that cannot read must not take what it cannot see for missing. */
    private static final int READS = Math.max(CALLS, 20);

    private static final String ONLY = System.getProperty("imaged.faults.only", "");
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "1".repeat(64), 1);

    @TempDir
    static Path folder;

    private static final Map<String, Image> KNOWN = new TreeMap<>();

    /** What a crash left: a folder that is copied for each start. */
    private static Path crashed;

    /** Writes more than a file of the log, and some small commits, for which the newest one is allocated ahead. */
    @BeforeAll
    static void crash() throws IOException {
        try (DaemonProcess daemon = DaemonProcess.serve(folder);
                RemoteImageStores stores = RemoteImageStores.connect("unix://" + folder.resolve("s"))) {
            ImageStore store = stores.namespace("default");
            for (int i = 0; i < 30; i++) {
                KNOWN.put("image" + i, store.create(new Image("image" + i, large(i), TARGET)));
            }
            for (int i = 0; i < 30; i++) {
                Image small = new Image("image" + i, Map.of("n", "" + i), TARGET);
                KNOWN.put("image" + i, store.update(small, UpdateMask.all()));
            }
            daemon.kill();
        }
        crashed = folder.resolve("data");
    }

    private static Map<String, String> large(int number) {
        Map<String, String> labels = new TreeMap<>();
        for (int i = 0; i < 40; i++) {
            labels.put("l" + i, (number + "x").repeat(1000));
        }
        return labels;
    }

    static Stream<Fault> faults() {
        return Stream.of(
                        Fault.of(Errno.EIO, Call.READ),
                        Fault.of(Errno.EMFILE, Call.OPEN),
                        Fault.of(Errno.EIO, Call.WRITE),
                        Fault.of(Errno.ENOSPC, Call.WRITE),
                        Fault.of(Errno.EIO, Call.SYNC),
                        Fault.of(Errno.EIO, Call.TRUNCATE))
                .filter(fault -> fault.toString().contains(ONLY));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void openingIsRefusedInALineOrGoesWellAndNothingIsLost(Fault fault) throws IOException {
        int failed = 0;
        int calls = fault.calls().contains(Call.READ) ? READS : CALLS;
        for (int call = 0; call < calls; call++) {
            Path data = copy(fault, call);
            FaultyDisk disk = FaultyDisk.of(data, folder);
            disk.failOnce(fault, call);
            Ended check = check(data, disk);
            failed += disk.failed();
            disk.heal();
            if (check.code() != 0) {
                assertEquals(1, check.code(), check.err());
                assertTrue(check.err().contains("imaged: "), check.err());
                assertFalse(check.err().contains("internal error"), check.err());
                assertFalse(check.err().contains("\tat "), check.err());
            }
            try (Maintenance store = StoreFolder.open(data)) {
                Map<String, Image> found = new TreeMap<>();
                store.dump(image -> found.put(image.image().name(), image.image()));
                found.entrySet().removeIf(image -> image.getValue().equals(KNOWN.get(image.getKey())));
                assertEquals(Set.of(), found.keySet(), "other images after call " + call + " failed: " + check.err());
                assertEquals(KNOWN.size(), store.stats().images(), "after call " + call + " failed: " + check.err());
                assertEquals(List.of(), store.check().problems());
            }
        }
        assertTrue(failed > 0, "no call failed");
    }

    private static Path copy(Fault fault, int call) throws IOException {
        Path copy = folder.resolve(fault.error() + "-" + fault.calls() + "-" + call);
        try (Stream<Path> files = Files.walk(crashed)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(crashed.relativize(file)));
            }
        }
        return copy;
    }

    private static Ended check(Path data, FaultyDisk disk) throws IOException {
        List<String> jvm = DaemonProcess.quickStart("-Xmx128m");
        try (DaemonProcess command =
                DaemonProcess.start(folder, jvm, disk.environment(), "check", "--data", data.toString())) {
            return command.awaitEnd();
        }
    }
}
