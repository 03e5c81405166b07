package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.server.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands make on the disk is whole or not there, and is never in the place of something else. */
class WholeFilesTest {
    private static final String IMAGE =
            "{\"namespace\":\"ns\",\"name\":\"a%d\",\"labels\":{},\"target\":{\"mediaType\":\"m\","
                    + "\"digest\":\"sha256:" + "a".repeat(64) + "\",\"size\":1,\"annotations\":{}},"
                    + "\"createdAt\":\"2026-01-02T03:04:05Z\",\"updatedAt\":\"2026-01-02T03:04:05Z\"}\n";

    /** Where the commands write. */
    @TempDir
    Path disk;

    @TempDir
    Path folder;

    private Path data;
    private Path lines;
    private String err = "";

    @BeforeEach
    void store() throws IOException {
        data = folder.resolve("data");
        lines = Files.writeString(folder.resolve("lines"), IMAGE.formatted(1) + IMAGE.formatted(2));
        assertRun(0, "init", "--data", data);
        assertRun(0, "load", "--data", data, lines);
    }

    private void assertRun(int code, Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter printed = new StringWriter();
        int found = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(printed))
                .execute(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
        err = printed.toString();
        assertEquals(code, found, err);
    }

    private List<String> onDisk() throws IOException {
        try (Stream<Path> files = Files.list(disk)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aDumpReplacesAFileOnlyWhenToldTo() throws IOException {
        Path dump = Files.writeString(disk.resolve("dump"), "precious");
        assertRun(1, "dump", "--data", data, dump);
        assertEquals("imaged: " + dump + " exists already\n", err);
        assertEquals("precious", Files.readString(dump));

        assertRun(0, "dump", "--data", data, "--force", dump);
        assertEquals(Files.readString(lines), Files.readString(dump));
        assertEquals(List.of("dump"), onDisk());
    }

    @Test
    void aDumpReplacesWhatALinkLeadsTo() throws IOException {
        Path dump = Files.writeString(disk.resolve("dump"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), dump);
        assertRun(0, "dump", "--data", data, "--force", link);
        assertTrue(Files.isSymbolicLink(link));
        assertEquals(Files.readString(lines), Files.readString(dump));
    }

    @Test
    void aFolderThatIsMissingIsNamed() {
        Path missing = disk.resolve("missing");
        for (String command : List.of("dump", "backup")) {
            assertRun(1, command, "--data", data, missing.resolve("x.tar"));
            assertEquals("imaged: " + missing + ": no such file or folder\n", err);
        }
    }

    @Test
    void aDumpMayGoToADevice() {
        assertRun(0, "dump", "--data", data, "/dev/null");
    }

    @Test
    void aDumpOrBackupThatEndsEarlyLeavesNothing() throws IOException {
        Path old = Files.writeString(disk.resolve("old"), "old");
        Path empty = Files.createDirectory(disk.resolve("empty"));
        try (BrokenDaemon daemon = new BrokenDaemon()) {
            assertRun(1, "dump", "--address", daemon.address(), "--force", old);
            assertTrue(err.contains("connection lost"), err);
            for (String target : List.of("dump", "backup.tar", "backup.tar.gz", "backup", "empty")) {
                String command = target.equals("dump") ? "dump" : "backup";
                assertRun(1, command, "--address", daemon.address(), disk.resolve(target));
                assertEquals(1, err.lines().count(), err);
                assertTrue(err.contains("connection lost"), err);
            }
        }
        assertEquals(List.of("empty", "old"), onDisk());
        assertEquals("old", Files.readString(old));
        try (Stream<Path> left = Files.list(empty)) {
            assertEquals(0, left.count());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.tar.xz", "x.tar.zst", "x.TAR.BZ2", "x.gz", "x.zip", "x.7z", "x.tbz"})
    void anArchiveThatIsNotWrittenIsRefused(String name) throws IOException {
        assertRun(2, "backup", "--data", data, disk.resolve(name));
        assertTrue(err.contains("name a folder, FILE.tar or FILE.tar.gz"), err);
        assertEquals(List.of(), onDisk());
    }

    @Test
    void aBackupIsNeverInThePlaceOfSomethingElse() throws IOException {
        for (String name : List.of("x.tar", "x.tgz", "file")) {
            Path there = Files.writeString(disk.resolve(name), "precious");
            assertRun(1, "backup", "--data", data, there);
            assertTrue(err.startsWith("imaged: ") && err.contains(there.toString()), err);
            assertEquals("precious", Files.readString(there));
        }
        Path full = Files.createDirectory(disk.resolve("full"));
        Files.writeString(full.resolve("precious"), "");
        for (Object[] command : new Object[][] {
            {"backup", "--data", data, full}, {"restore", data, "--data", full}, {"salvage", data, "--to", full}
        }) {
            assertRun(1, command);
            assertEquals("imaged: data folder " + full + " is not empty: failed precondition\n", err);
        }
        assertEquals(List.of("file", "full", "x.tar", "x.tgz"), onDisk());
    }

    @Test
    void aFolderThatIsThereAndEmptyIsFilled() throws IOException {
        for (String name : List.of("backup", "restored", "salvaged")) {
            Files.createDirectory(disk.resolve(name));
        }
        assertRun(0, "backup", "--data", data, disk.resolve("backup"));
        assertRun(0, "restore", disk.resolve("backup"), "--data", disk.resolve("restored"));
        assertRun(0, "salvage", disk.resolve("restored"), "--to", disk.resolve("salvaged"));
        for (String name : List.of("backup", "restored", "salvaged")) {
            Path dump = folder.resolve(name);
            assertRun(0, "dump", "--data", disk.resolve(name), dump);
            assertEquals(Files.readString(lines), Files.readString(dump));
            try (Stream<Path> files = Files.list(disk.resolve(name))) {
                assertTrue(files.noneMatch(file -> file.toString().contains("partial")), name);
            }
        }
        assertEquals(List.of("backup", "restored", "salvaged"), onDisk());
    }

    @Test
    void aBackupWithANameThatNoFileOfALogHasIsNamedAndNotRestored() throws IOException {
        Path tar = folder.resolve("x.tar");
        assertRun(0, "backup", "--data", data, tar);
        byte[] bytes = Files.readAllBytes(tar);
        int suffix = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(".xd\0", 512); // behind the extended header
        bytes[suffix + 1]++; // the header has the sum of its bytes, which stays
        bytes[suffix + 2]--;
        Files.write(tar, bytes);
        assertRun(1, "restore", tar, "--data", disk.resolve("restored"));
        assertTrue(
                err.startsWith("imaged: " + tar + " is damaged, or is incomplete: ") && err.contains("no file like"),
                err);
        assertEquals(List.of(), onDisk());
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.tar", "x.tar.gz"})
    void aBackupOfWhichBytesAreMissingOrWrongIsNotRestored(String name) throws IOException {
        Path tar = folder.resolve(name);
        assertRun(0, "backup", "--data", data, tar);
        byte[] whole = Files.readAllBytes(tar);
        byte[] wrong = whole.clone();
        wrong[name.endsWith(".tar") ? 1600 : whole.length / 2] ^= 1; // a byte of the first file
        for (byte[] bytes : List.of(
                Arrays.copyOf(whole, name.endsWith(".tar") ? 1000 : whole.length / 2),
                wrong,
                "no tar".getBytes(StandardCharsets.UTF_8),
                new byte[0])) {
            Files.write(tar, bytes);
            assertRun(1, "restore", tar, "--data", disk.resolve("restored"));
            assertEquals(1, err.lines().count(), err);
            assertTrue(err.startsWith("imaged: " + tar + " "), err);
            assertEquals(List.of(), onDisk());
        }
        Files.write(tar, whole);
        assertRun(0, "restore", tar, "--data", disk.resolve("restored"));
        assertArrayEquals(whole, Files.readAllBytes(tar));
    }

    @Test
    void aLoadThatLosesItsConnectionSaysHowFarItCameAndWhatToDo() throws IOException {
        try (BrokenDaemon daemon = new BrokenDaemon()) {
            assertRun(1, "load", "--address", daemon.address(), lines);
        }
        assertEquals(1, err.lines().count(), err);
        assertTrue(err.contains("connection lost; the load stopped at image 2, and none behind it is stored"), err);
        assertTrue(err.contains("run the same command again for the rest"), err);
    }

    @Test
    void aLoadOfALineThatIsWrongNamesTheLine() throws IOException {
        Files.writeString(lines, IMAGE.formatted(3) + "{}\n");
        assertRun(1, "load", "--data", data, lines);
        assertTrue(err.startsWith("imaged: line 2: the image has no field"), err);
    }
}
