package dev.imaged.server.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A backup onto a disk that fails says what failed and where, and does not disturb the daemon. */
class BackupFaultsIT {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "1".repeat(64), 1);

    @TempDir
    Path folder;

    private DaemonProcess daemon;
    private RemoteImageStores stores;

    @BeforeEach
    void serve() throws IOException {
        daemon = DaemonProcess.serve(folder);
        stores = RemoteImageStores.connect(address());
        ImageStore store = stores.namespace("default");
        for (int i = 0; i < 20; i++) {
            store.create(new Image("image" + i, Map.of("large", "x".repeat(4000)), TARGET));
        }
    }

    @AfterEach
    void stop() {
        stores.close();
        daemon.close();
    }

    private String address() {
        return "unix://" + folder.resolve("s");
    }

    static Stream<Arguments> faults() {
        Fault full = Fault.of(Errno.ENOSPC, Call.WRITE).tearing();
        return Stream.of("backup", "backup.tar")
                .flatMap(target -> Stream.of(
                        Arguments.of(target, full, "No space left on device"),
                        Arguments.of(target, Fault.of(Errno.EIO, Call.WRITE), "Input/output error"),
                        Arguments.of(target, Fault.of(Errno.EMFILE, Call.OPEN), "Too many open files")));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aBackupThatFailsNamesTheFileAndTheReason(String target, Fault fault, String reason) throws IOException {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        FaultyDisk faulty = FaultyDisk.of(disk, folder);
        faulty.fail(fault);
        Ended ended = backup(faulty, disk.resolve(target));
        assertTrue(faulty.failed() > 0, "no call failed");
        assertEquals(1, ended.code(), ended.err());
        assertTrue(ended.err().startsWith("imaged: "), ended.err());
        assertTrue(ended.err().contains(disk.resolve(target).toString()), ended.err());
        assertTrue(ended.err().contains(reason), ended.err());
        assertFalse(ended.err().contains("internal error"), ended.err());
        assertEquals(1, ended.err().lines().count(), ended.err());

        faulty.heal();
        Ended again = backup(faulty, disk.resolve("again-" + target));
        assertEquals(0, again.code(), again.err());
        stores.namespace("default").create(new Image("after", TARGET));
    }

    private Ended backup(FaultyDisk disk, Path target) throws IOException {
        List<String> jvm = List.of("-Xmx128m");
        try (DaemonProcess command = DaemonProcess.start(
                folder, jvm, disk.environment(), "backup", "--address", address(), target.toString())) {
            return command.awaitEnd();
        }
    }
}
