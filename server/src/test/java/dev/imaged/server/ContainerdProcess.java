package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.images.ImageStores;
import dev.imaged.remote.RemoteImageStores;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real containerd with folders of its own, that unpacks nothing and runs nothing. */
public final class ContainerdProcess {
    private static final long STOP_SECONDS = 30;
    private static final long POLL_MILLIS = 50;

    private final Path folder;
    private final Process process;

    private ContainerdProcess(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
    }

    /** Starts it and waits until it answers. */
    public static ContainerdProcess start(Path folder) throws IOException, InterruptedException {
        Peers.require("containerd", "ctr");
        Path config = Files.writeString(folder.resolve("config.toml"), """
                version = 2
                root = "%1$s/root"
                state = "%1$s/state"
                disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs",
                  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
                  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.overlayfs",
                  "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]
                [grpc]
                  address = "%1$s/c.sock"
                [ttrpc]
                  address = "%1$s/t.sock"
                """.formatted(folder));
        File log = folder.resolve("log").toFile();
        Process process = new ProcessBuilder("containerd", "-c", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        ContainerdProcess containerd = new ContainerdProcess(folder, process);
        try (ImageStores stores = RemoteImageStores.connect(containerd.address())) {
            while (!answers(stores)) {
                assertTrue(process.isAlive(), () -> read(log));
                Thread.sleep(POLL_MILLIS);
            }
        }
        return containerd;
    }

    private static boolean answers(ImageStores stores) {
        try {
            stores.namespace("probe").list();
            return true;
        } catch (ImageException.Unavailable e) {
            return false;
        }
    }

    private static String read(File log) {
        try {
            return Files.readString(log.toPath());
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Returns where it listens. */
    public String address() {
        return "unix://" + folder.resolve("c.sock");
    }

    /** Returns the folder of its content store. */
    public Path content() {
        return folder.resolve("root/io.containerd.content.v1.content");
    }

    /** Runs ctr in a namespace and returns what it printed. */
    public String ctr(String namespace, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("ctr", "-a", folder.resolve("c.sock").toString(), "-n", namespace));
        command.addAll(List.of(arguments));
        return Peers.run(command);
    }

    /** Ends it and waits for that. */
    public void stop() throws InterruptedException {
        process.destroy();
        assertTrue(process.waitFor(STOP_SECONDS, TimeUnit.SECONDS));
    }
}
