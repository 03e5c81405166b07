package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DaemonProcess.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may use a data folder, and whether it may be a new one, as an operator who starts daemons sees it. */
@Timeout(60)
class DataFolderIT {
    @TempDir
    Path folder;

    private Path data() {
        return folder.resolve("data");
    }

    /** The socket in the data folder, where it is by default. */
    private String[] serve(String... more) {
        List<String> arguments = new ArrayList<>(List.of("serve", "--data", data().toString(), "--listen", socket()));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    private String socket() {
        return "unix://" + data().resolve("imaged.sock");
    }

    /** Starts the daemon in a shell, after something else. */
    private DaemonProcess start(String before, String... arguments) throws IOException {
        return DaemonProcess.start(
                Path.of("/bin/sh"),
                folder,
                List.of(
                        "-c",
                        before + "; exec \"$0\" -Xmx256m -jar target/imaged.jar \"$@\"",
                        DaemonProcess.java().toString()),
                arguments);
    }

    @Test
    void aFolderThatHasToHoldDataAndIsMissingIsRefusedAndNotMade() throws IOException {
        try (DaemonProcess daemon = DaemonProcess.start(folder, serve("--require-data"))) {
            assertRefused(daemon.awaitEnd());
        }
        assertFalse(Files.exists(data()), "it was made");
    }

    @Test
    void aFolderThatHasToHoldDataAndIsEmptyIsRefusedAndStaysEmpty() throws IOException {
        Files.createDirectory(data());
        try (DaemonProcess daemon = start("export IMAGED_REQUIRE_DATA=true", serve())) {
            assertRefused(daemon.awaitEnd());
        }
        assertEquals(Map.of(), modes(data()));
    }

    private void assertRefused(Ended ended) {
        assertEquals(1, ended.code(), ended.err());
        assertEquals("", ended.out());
        assertEquals(1, ended.err().lines().count(), ended.err());
        assertTrue(ended.err().startsWith("imaged: data folder " + data()), ended.err());
        assertTrue(ended.err().contains("--require-data"), ended.err());
    }

    @Test
    void aFolderThatHasToHoldDataAndDoesIsServed() throws IOException {
        try (DaemonProcess daemon = DaemonProcess.start(folder, serve())) {
            daemon.greeting();
            daemon.terminate();
            assertEquals(0, daemon.awaitEnd().code());
        }
        try (DaemonProcess daemon = DaemonProcess.start(folder, serve("--require-data"))) {
            assertFalse(daemon.greeting().isEmpty());
        }
    }

    @Test
    void aSecondDaemonIsRefusedEvenAfterTheLockFileWasDeleted() throws IOException {
        try (DaemonProcess first = DaemonProcess.start(folder, serve())) {
            first.greeting();
            Files.delete(data().resolve("xodus/xd.lck"));
            try (DaemonProcess second = DaemonProcess.start(
                    folder, "serve", "--data", data().toString(), "--listen", "unix://" + folder.resolve("s"))) {
                Ended ended = second.awaitEnd();
                assertEquals(1, ended.code(), ended.err());
                assertTrue(
                        ended.err().startsWith("imaged: data folder " + data() + " is in use by another process"),
                        ended.err());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"000", "022", "077"})
    void aNewFolderAndItsFilesAreForTheOwnerAloneWhateverTheUmask(String umask) throws IOException {
        try (DaemonProcess daemon = start("umask " + umask, serve())) {
            daemon.greeting();
            try (RemoteImageStores stores = RemoteImageStores.connect(socket())) {
                stores.namespace("default").create(new Image("n", new Descriptor("m", "sha256:" + "a".repeat(64), 1)));
            }
            Map<String, String> modes = modes(folder);
            modes.keySet().removeIf(name -> !name.startsWith("data"));
            assertEquals("rw-rw----", modes.remove("data/imaged.sock"), "the socket is for the group, too");
            Map<String, String> expected = new TreeMap<>(modes);
            expected.replaceAll((name, mode) -> Files.isDirectory(folder.resolve(name)) ? "rwx------" : "rw-------");
            assertEquals(expected, modes);
            assertTrue(modes.size() > 4, modes::toString);
        }
    }

    /** The modes of all that is in a folder, by path. */
    private static Map<String, String> modes(Path folder) throws IOException {
        Map<String, String> modes = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.filter(path -> !path.equals(folder)).toList()) {
                modes.put(
                        folder.relativize(path).toString(),
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
            }
        }
        return modes;
    }
}
