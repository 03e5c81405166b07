package dev.imaged.bench;

import dev.imaged.errors.ImageException;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The daemon under test: a process of its own on a unix socket, and what the system says of it. */
final class Daemon implements AutoCloseable {
    /** What /proc counts processor time in: USER_HZ, which is 100 on Linux whatever the kernel's own tick is. */
    private static final long NANOS_PER_TICK = 10_000_000;

    private static final long POLL_MILLIS = 2;

    private final Process process;
    private final Path data;
    private final Path socket;
    private final double secondsToFirstAnswer;

    private Daemon(Process process, Path data, Path socket, double secondsToFirstAnswer) {
        this.process = process;
        this.data = data;
        this.socket = socket;
        this.secondsToFirstAnswer = secondsToFirstAnswer;
    }

    /** Starts the daemon and waits until it has answered a first call. */
    static Daemon start(Path jar, List<String> jvmArguments, Path folder) throws IOException, InterruptedException {
        Path socket = folder.resolve("s");
        Path data = folder.resolve("data");
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(jvmArguments);
        command.addAll(
                List.of("-jar", jar.toString(), "serve", "--listen", "unix://" + socket, "--data", data.toString()));
        long begin = System.nanoTime();
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(folder.resolve("log").toFile());
        builder.environment().put("MALLOC_ARENA_MAX", "2"); // as in the container image
        Process process = builder.start();
        while (!Files.exists(socket)) {
            requireAlive(process, folder);
            Thread.sleep(POLL_MILLIS);
        }
        try (RemoteImageStores stores = RemoteImageStores.connect("unix://" + socket)) {
            awaitAnswer(stores, process, folder);
        }
        return new Daemon(process, data, socket, (System.nanoTime() - begin) / 1e9);
    }

    private static void awaitAnswer(RemoteImageStores stores, Process process, Path folder)
            throws IOException, InterruptedException {
        while (true) {
            try {
                stores.namespace("probe").get("probe");
            } catch (ImageException.NotFound answered) {
                return;
            } catch (ImageException.Unavailable notYet) {
                requireAlive(process, folder);
                Thread.sleep(POLL_MILLIS);
            }
        }
    }

    private static void requireAlive(Process process, Path folder) throws IOException {
        if (!process.isAlive()) {
            throw new IOException("the daemon ended: " + Files.readString(folder.resolve("log")));
        }
    }

    Path socket() {
        return socket;
    }

    /** From the start of the process to the answer of the first call, client included. */
    double secondsToFirstAnswer() {
        return secondsToFirstAnswer;
    }

    /** Processor time that the process has used, in nanoseconds, in steps of a hundredth of a second. */
    long cpuNanos() throws IOException {
        return cpuNanos(Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat")));
    }

    /** The fields utime and stime (proc(5)); the command, which may hold anything, ends with the last parenthesis. */
    static long cpuNanos(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * NANOS_PER_TICK;
    }

    double residentMebibytes() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .sum()
                    / 1024.0;
        }
    }

    double diskMebibytes() throws IOException {
        try (Stream<Path> files = Files.walk(data)) {
            return files.map(Path::toFile)
                            .filter(java.io.File::isFile)
                            .mapToLong(java.io.File::length)
                            .sum()
                    / (1024.0 * 1024.0);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
