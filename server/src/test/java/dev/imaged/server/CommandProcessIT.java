package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands as processes of their own: signals, standard streams, and terminals. */
class CommandProcessIT {
    private static final String IMAGE =
            "{\"namespace\":\"ns\",\"name\":\"a%d\",\"target\":{\"mediaType\":\"m\",\"digest\":\"sha256:"
                    + "a".repeat(64)
                    + "\",\"size\":1},\"createdAt\":\"2026-01-02T03:04:05Z\",\"updatedAt\":\"2026-01-02T03:04:05Z\"}\n";
    private static final long PATIENCE_SECONDS = 60;
    private static final int SIGNALLED = 128;
    private static final int SIGINT = 2;

    @TempDir
    Path folder;

    /** What commands write. */
    @TempDir
    Path disk;

    /** A command that runs, or has run. */
    private record Command(Process process, Path err) {
        int await() throws Exception {
            assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "it goes on");
            return process.exitValue();
        }

        void signal(int number) throws IOException {
            Peers.run("kill", "-" + number, Long.toString(process.pid()));
        }

        String said() throws IOException {
            return Files.readString(err);
        }

        /** As {@link #said}, for a message of a failure. */
        String told() {
            try {
                return said();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Returns a command line that starts the jar, with SIGINT as it is for a command of a terminal. */
    private static List<String> imaged(Object... arguments) {
        List<String> command = new ArrayList<>(
                List.of("env", "--default-signal=INT", DaemonProcess.java().toString()));
        command.addAll(DaemonProcess.quickStart("-Xmx128m"));
        command.addAll(List.of("-jar", "target/imaged.jar"));
        Stream.of(arguments).map(Object::toString).forEach(command::add);
        return command;
    }

    private Command start(List<String> command) throws IOException {
        Path err = Files.createTempFile(folder, "command", ".err");
        return new Command(
                new ProcessBuilder(command).redirectError(err.toFile()).start(), err);
    }

    private void succeed(Object... arguments) throws Exception {
        Command command = start(imaged(arguments));
        assertEquals(0, command.await(), command.said());
    }

    private List<String> onDisk() throws IOException {
        try (Stream<Path> files = Files.list(disk)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Path store() throws Exception {
        Path data = folder.resolve("data");
        succeed("init", "--data", data);
        succeed("load", "--data", data, Files.writeString(folder.resolve("lines"), IMAGE.formatted(1)));
        return data;
    }

    @ParameterizedTest
    @ValueSource(strings = {"backup", "backup.tar", "backup.tar.gz"})
    void aBackupIsMadeAndRestoredByProcessesOfTheirOwn(String name) throws Exception {
        Path data = store();
        succeed("backup", "--data", data, disk.resolve(name));
        succeed("restore", disk.resolve(name), "--data", disk.resolve("restored"));
        assertTrue(Files.exists(disk.resolve("restored/imaged.schema")));
    }

    @ParameterizedTest
    @ValueSource(ints = {SIGINT, 15})
    void aLoadThatWaitsForInputSaysHowFarItCameWhenItIsInterrupted(int signal) throws Exception {
        try (SlowDaemon daemon = new SlowDaemon(SlowDaemon.STOPPED)) {
            Command load = start(imaged("load", "--address", daemon.address()));
            OutputStream in = load.process().getOutputStream(); // stays open
            in.write(IMAGE.formatted(1).repeat(1000).getBytes(StandardCharsets.UTF_8));
            in.flush();
            daemon.awaitCall();
            load.signal(signal);
            assertEquals(SIGNALLED + signal, load.await());
            assertTrue(
                    Pattern.matches(
                            "imaged: interrupted: the load stopped at image [1-9]\\d*, and none behind it is stored; run the"
                                    + " same command again for the rest: an image that is stored already stays as it is\n",
                            load.said()),
                    load.said());
        }
    }

    @ParameterizedTest
    @CsvSource({"dump, dump", "backup, backup", "backup, backup.tar", "backup, backup.tar.gz"})
    void whatIsInterruptedAtAStepLeavesNothing(String command, String name) throws Exception {
        try (SlowDaemon daemon = new SlowDaemon(SlowDaemon.SLOW)) {
            Path target = disk.resolve(name);
            Command running = start(imaged(command, "--address", daemon.address(), target));
            daemon.awaitCall();
            running.signal(SIGINT);
            assertEquals(SIGNALLED + SIGINT, running.await(), running::told);
            assertEquals("imaged: interrupted: " + target + " is not made\n", running.said());
            assertEquals(List.of(), onDisk());
        }
    }

    @Test
    void whatIsInterruptedWhileItWaitsNamesWhatIsLeft() throws Exception {
        try (SlowDaemon daemon = new SlowDaemon(SlowDaemon.STOPPED)) {
            Path target = disk.resolve("backup.tar");
            Command backup = start(imaged("backup", "--address", daemon.address(), target));
            daemon.awaitCall();
            backup.signal(SIGINT);
            assertEquals(SIGNALLED + SIGINT, backup.await());
            assertEquals(1, onDisk().size());
            assertEquals(
                    "imaged: interrupted: " + target + " is not made, and " + disk.resolve(onDisk().get(0))
                            + " is left: delete it\n",
                    backup.said());
        }
    }

    /** System.out keeps to itself that the disk is full. */
    @ParameterizedTest
    @ValueSource(strings = {"dump --data DATA", "stats --data DATA -o json", "namespaces ls --data DATA", "--help"})
    void whatCannotBePrintedIsAnError(String command) throws Exception {
        String arguments = command.replace("DATA", store().toString());
        Command full = start(List.of("sh", "-c", String.join(" ", imaged(arguments)) + " > /dev/full"));
        assertEquals(1, full.await());
        assertEquals(1, full.said().lines().count(), full.said());
        assertTrue(full.said().startsWith("imaged: "), full.said());
    }

    private String onATerminal(String command) throws IOException {
        Path typescript = folder.resolve("typescript");
        Peers.run("script", "-q", "-e", "-c", command, typescript.toString());
        return Files.readString(typescript);
    }

    @Test
    void progressIsShownOnATerminalAtMostOnceASecondAndOnStandardError() throws Exception {
        Peers.require("script");
        try (SlowDaemon daemon = new SlowDaemon(SlowDaemon.THREE_SECONDS)) {
            String dump = String.join(" ", imaged("dump", "--address", daemon.address(), disk.resolve("dump")));
            long start = System.nanoTime();
            String shown = onATerminal(dump);
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) + 1;
            long updates =
                    Pattern.compile("dump +\\d+%").matcher(shown).results().count();
            assertTrue(updates >= 2, shown);
            assertTrue(updates <= seconds + 1, shown); // one more at the end
            assertFalse(onATerminal(dump + " --force --quiet").contains("%"));
            assertFalse(
                    onATerminal(dump + " --force 2> " + folder.resolve("err")).contains("%"));
            assertEquals("", Files.readString(folder.resolve("err")));
        }
    }

    @Test
    void completionIsWhatBashTakes() throws Exception {
        Path script = folder.resolve("completion");
        List<String> command = imaged("generate-completion");
        assertEquals(
                0,
                new ProcessBuilder(command)
                        .redirectOutput(script.toFile())
                        .start()
                        .waitFor());
        String ask = "source " + script + "; compopt() { :; }; COMP_CWORD=2; COMP_WORDS=(imaged images l);"
                + " _complete_imaged; echo ${COMPREPLY[@]}; COMP_CWORD=3; COMP_WORDS=(imaged images ls --na);"
                + " _complete_imaged; echo ${COMPREPLY[@]}";
        assertEquals("ls label\n--name-prefix --namespace", Peers.run("bash", "-c", ask));
    }
}
