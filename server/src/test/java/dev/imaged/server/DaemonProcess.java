package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The jar as its own process, as an operator starts it. */
public final class DaemonProcess implements AutoCloseable {
    private static final Path JAR = Path.of("target", "imaged.jar");

    private static final long PATIENCE_SECONDS = 60;

    private final Process process;
    private final Path err;

    /** What a process left when it had ended. */
    public record Ended(int code, String out, String err) {}

    private DaemonProcess(Process process, Path err) {
        this.process = process;
        this.err = err;
    }

    /** Starts {@code imaged} with these arguments; its standard error goes to a file in {@code folder}. */
    public static DaemonProcess start(Path folder, String... arguments) throws IOException {
        return start(folder, quickStart("-Xmx256m"), arguments);
    }

    /** These options and those of a JVM that starts in half the time: the classes that the build recorded, one compiler. */
    public static List<String> quickStart(String... options) {
        List<String> jvm = new ArrayList<>(
                List.of("-Xlog:disable", "-XX:SharedArchiveFile=target/imaged.jsa", "-XX:TieredStopAtLevel=1"));
        jvm.addAll(List.of(options));
        return jvm;
    }

    /** The same with these options of the JVM. */
    public static DaemonProcess start(Path folder, List<String> jvm, String... arguments) throws IOException {
        return start(folder, jvm, Map.of(), arguments);
    }

    /** The same with these variables besides those of the tests. */
    public static DaemonProcess start(
            Path folder, List<String> jvm, Map<String, String> environment, String... arguments) throws IOException {
        List<String> program = new ArrayList<>(jvm);
        program.addAll(List.of("-jar", JAR.toString()));
        return start(java(), folder, program, environment, arguments);
    }

    /** The same with a JVM, its options and what it is told to run. */
    static DaemonProcess start(Path java, Path folder, List<String> program, String... arguments) throws IOException {
        return start(java, folder, program, Map.of(), arguments);
    }

    /** The same, with SIGHUP as it is for a service: a JVM leaves it alone where it is ignored, as under nohup. */
    static DaemonProcess startHeedingHangups(Path folder, String... arguments) throws IOException {
        List<String> program = List.of("--default-signal=HUP", java().toString(), "-Xmx256m", "-jar", JAR.toString());
        return start(Path.of("env"), folder, program, arguments);
    }

    private static DaemonProcess start(
            Path java, Path folder, List<String> program, Map<String, String> environment, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(program);
        command.addAll(List.of(arguments));
        Path err = Files.createTempFile(folder, "daemon", ".err");
        ProcessBuilder process = new ProcessBuilder(command).redirectError(err.toFile());
        process.environment().putAll(environment);
        return new DaemonProcess(process.start(), err);
    }

    /** The JVM that these tests run on. */
    static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /** Starts a daemon on a socket with its data beside it, and returns once it listens. */
    public static DaemonProcess serve(Path folder) throws IOException {
        DaemonProcess daemon = start(folder, serveArguments(folder));
        daemon.greeting();
        return daemon;
    }

    /** The arguments of {@link #serve}. */
    public static String[] serveArguments(Path folder) {
        return new String[] {
            "serve", "--data", folder.resolve("data").toString(), "--listen", "unix://" + folder.resolve("s")
        };
    }

    /** Reads what the daemon prints once it listens: all lines up to the one to try. */
    public List<String> greeting() throws IOException {
        List<String> lines = new ArrayList<>();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line;
        while ((line = out.readLine()) != null) {
            lines.add(line);
            if (line.startsWith("try: ")) {
                return lines;
            }
        }
        throw new AssertionError("the daemon ended: " + lines + Files.readString(err));
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it has logged so far. */
    public String log() throws IOException {
        return Files.readString(err);
    }

    /** Sends SIGTERM, and leaves its output readable. */
    public void terminate() {
        process.toHandle().destroy();
    }

    /** Sends SIGKILL, and waits for the end. */
    public void kill() throws IOException {
        process.toHandle().destroyForcibly();
        awaitEnd();
    }

    /** Waits until the process has ended and returns what it left. */
    public Ended awaitEnd() throws IOException {
        try {
            assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "the process goes on");
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Ended(process.exitValue(), out, Files.readString(err));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
