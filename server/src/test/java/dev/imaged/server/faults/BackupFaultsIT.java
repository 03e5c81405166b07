package dev.imaged.server.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DaemonProcess;
import dev.imaged.server.DaemonProcess.Ended;
import dev.imaged.server.faults.Fault.Call;
import dev.imaged.server.faults.Fault.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A backup onto a disk that fails says what failed and where, and does not disturb the daemon. */
class BackupFaultsIT {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "1".repeat(64), 1);

    @TempDir
    static Path folder;

    private static DaemonProcess daemon;
    private static RemoteImageStores stores;

    @BeforeAll
    static void serve() throws IOException {
        daemon = DaemonProcess.serve(folder);
        stores = RemoteImageStores.connect(address());
        for (int i = 0; i < 20; i++) {
            stores.namespace("default").create(new Image("image" + i, Map.of("large", "x".repeat(4000)), TARGET));
        }
    }

    @AfterAll
    static void stop() {
        stores.close();
        daemon.close();
    }

    private static String address() {
        return "unix://" + folder.resolve("s");
    }

    static Stream<Arguments> faults() {
        Fault full = Fault.of(Errno.ENOSPC, Call.WRITE).tearing();
        Fault broken = Fault.of(Errno.EIO, Call.SYNC);
        return Stream.of(
                Arguments.of("folder", full, "No space left on device"),
                Arguments.of("file.tar", full, "No space left on device"),
                Arguments.of("folder", broken, "Input/output error|sync failed"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aBackupThatFailsNamesTheFileAndTheReason(String target, Fault fault, String reason) throws IOException {
        Path disk = Files.createTempDirectory(folder, "disk");
        FaultyDisk faulty = FaultyDisk.of(disk, folder);
        faulty.fail(fault);
        Ended ended = backup(faulty, disk.resolve(target));
        assertTrue(faulty.failed() > 0, "no call failed");
        assertEquals(1, ended.code(), ended.err());
        String last = ended.err().lines().reduce("", (before, line) -> line);
        assertTrue(last.startsWith("imaged: "), ended.err());
        assertTrue(last.contains(disk.resolve(target).toString()), ended.err());
        assertTrue(Pattern.compile(reason).matcher(last).find(), ended.err());
        assertFalse(last.contains("internal error"), ended.err());
        assertFalse(ended.err().contains("\tat "), ended.err());

        stores.namespace("default").create(new Image("after " + disk, TARGET));
    }

    private static Ended backup(FaultyDisk disk, Path target) throws IOException {
        List<String> jvm = DaemonProcess.quickStart("-Xmx128m");
        try (DaemonProcess command = DaemonProcess.start(
                folder, jvm, disk.environment(), "backup", "--address", address(), target.toString())) {
            return command.awaitEnd();
        }
    }
}
