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
        Path socket = folder.resolve("s");
        Path data = folder.resolve("data");
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(jvmArguments);
        command.addAll(
                List.of("-jar", jar.toString(), "serve", "--listen", "unix://" + socket, "--data", data.toString()));
        command.addAll(flags);
        return start(command, folder, socket, data);
    }

    /** Starts containerd with nothing but what keeping images takes. */
    static ServerProcess containerd(Path folder) throws IOException, InterruptedException {
        Path socket = folder.resolve("s");
        Path config = Files.writeString(folder.resolve("config.toml"), """
                version = 2
                root = "%1$s/root"
                state = "%1$s/state"
                disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs",
                  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
                  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.overlayfs",
                  "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]
                [grpc]
                  address = "%1$s/s"
                [ttrpc]
                  address = "%1$s/t"
                """.formatted(folder));
        Path database = folder.resolve("root/io.containerd.metadata.v1.bolt");
        return start(List.of("containerd", "-c", config.toString()), folder, socket, database);
    }

    /** Starts a server that does nothing but answer, see {@link BareServerCommand}. */
    static ServerProcess bare(List<String> jvmArguments, Path folder, long images)
            throws IOException, InterruptedException {
        Path socket = folder.resolve("s");
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(jvmArguments);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "bare",
                socket.toString(),
                Long.toString(images)));
        return start(command, folder, socket, folder);
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Starts a server and waits until it has answered a first call. */
    private static ServerProcess start(List<String> command, Path folder, Path socket, Path data)
            throws IOException, InterruptedException {
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
        return cpuNanos(Files.readString(proc("stat")));
    }

    /** The fields utime and stime (proc(5)); the command, which may hold anything, ends with the last parenthesis. */
    static long cpuNanos(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * NANOS_PER_TICK;
    }

    double residentMebibytes() throws IOException {
        return status("VmRSS:") / 1024.0;
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
