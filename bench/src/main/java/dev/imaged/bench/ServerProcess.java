package dev.imaged.bench;

import dev.imaged.errors.ImageException;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A server under test: a process of its own on a unix socket, and what the system says of it. */
final class ServerProcess implements AutoCloseable {
    /** What /proc counts processor time in: USER_HZ, which is 100 on Linux whatever the kernel's own tick is. */
    private static final long NANOS_PER_TICK = 10_000_000;

    private static final long POLL_MILLIS = 2;

    private final Process process;
    private final Path data;
    private final Path socket;
    private final double secondsToFirstAnswer;

    private ServerProcess(Process process, Path data, Path socket, double secondsToFirstAnswer) {
        this.process = process;
        this.data = data;
        this.socket = socket;
        this.secondsToFirstAnswer = secondsToFirstAnswer;
    }

    /** Starts imaged. */
    static ServerProcess imaged(Path jar, List<String> jvmArguments, List<String> flags, Path folder)
            throws IOException, InterruptedException {
        Path socket = socket(folder);
        Path data = folder.resolve("data");
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(jvmArguments);
        command.addAll(
                List.of("-jar", jar.toString(), "serve", "--listen", "unix://" + socket, "--data", data.toString()));
        command.addAll(flags);
        return start(command, folder, data);
    }

    /** Starts a server that does nothing but answer, see {@link BareServerCommand}. */
    static ServerProcess bare(List<String> jvmArguments, Path folder, long images)
            throws IOException, InterruptedException {
        Path socket = socket(folder);
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(jvmArguments);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "bare",
                socket.toString(),
                Long.toString(images)));
        return start(command, folder, folder);
    }

    private static Path socket(Path folder) {
        return folder.resolve("s");
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /**
     * Starts a server and waits until it has answered a first call.
     *
     * @param command makes it listen on the socket {@code s} of the folder
     * @param data where it keeps what it keeps
     */
    static ServerProcess start(List<String> command, Path folder, Path data) throws IOException, InterruptedException {
        Path socket = socket(folder);
        Files.deleteIfExists(socket); // one of an earlier process is not to be taken for that of this one
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
            while (!answers(stores)) {
                requireAlive(process, folder);
                Thread.sleep(POLL_MILLIS);
            }
        }
        return new ServerProcess(process, data, socket, (System.nanoTime() - begin) / 1e9);
    }

    private static boolean answers(RemoteImageStores stores) {
        try {
            stores.namespace("probe").get("probe");
            return true;
        } catch (ImageException.NotFound e) {
            return true;
        } catch (ImageException.Unavailable e) {
            return false;
        }
    }

    private static void requireAlive(Process process, Path folder) throws IOException {
        if (!process.isAlive()) {
            throw new IOException("the server ended: " + Files.readString(folder.resolve("log")));
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
        return cpuNanos(Files.readString(proc("stat")));
    }

    /** The fields utime and stime (proc(5)); the command, which may hold anything, ends with the last parenthesis. */
    static long cpuNanos(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * NANOS_PER_TICK;
    }

    ResidentMemory residentMemory() throws IOException {
        return ResidentMemory.parse(Files.readString(proc("status")));
    }

    long threads() throws IOException {
        return status("Threads:");
    }

    private long status(String field) throws IOException {
        try (Stream<String> lines = Files.lines(proc("status"))) {
            return lines.filter(line -> line.startsWith(field))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        }
    }

    long openFiles() throws IOException {
        try (Stream<Path> descriptors = Files.list(proc("fd"))) {
            return descriptors.count();
        }
    }

    private Path proc(String file) {
        return Path.of("/proc", Long.toString(process.pid()), file);
    }

    double diskMebibytes() throws IOException {
        AtomicLong bytes = new AtomicLong();
        Files.walkFileTree(data, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                bytes.addAndGet(attributes.isRegularFile() ? attributes.size() : 0);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) { // the server has deleted it meanwhile
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }
        });
        return bytes.get() / (1024.0 * 1024.0);
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
