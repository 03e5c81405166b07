package dev.imaged.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A containerd, started with nothing but what keeping images takes. */
record Containerd(String binary, String version) {
    /** {@code containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3} */
    private static final Pattern VERSION = Pattern.compile("^containerd \\S+ v?(\\d+(?:\\.\\d+)*)");

    /**
     * Asks a containerd for its version.
     *
     * @param binary a path, or a name to look for on the path
     * @throws IOException when it does not run, or answers something else
     */
    static Containerd of(String binary) throws IOException {
        Process process = new ProcessBuilder(binary, "--version")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Containerd(binary, parseVersion(output));
    }

    static String parseVersion(String output) throws IOException {
        Matcher matcher = VERSION.matcher(output);
        if (!matcher.find()) {
            throw new IOException("this is not the version of a containerd: " + output);
        }
        return matcher.group(1);
    }

    /** Returns its name among others: two versions can be measured in one run. */
    String name() {
        return "containerd " + version;
    }

    /** Starts it. Plugins that a version does not have are not missed: their names are only left out. */
    ServerProcess start(Path folder) throws IOException, InterruptedException {
        Path config = Files.writeString(folder.resolve("config.toml"), """
                version = 2
                root = "%1$s/root"
                state = "%1$s/state"
                disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images",
                  "io.containerd.cri.v1.runtime", "io.containerd.nri.v1.nri", "io.containerd.transfer.v1.local",
                  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
                  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs",
                  "io.containerd.snapshotter.v1.overlayfs", "io.containerd.snapshotter.v1.blockfile",
                  "io.containerd.snapshotter.v1.erofs", "io.containerd.internal.v1.opt",
                  "io.containerd.tracing.processor.v1.otlp"]
                [grpc]
                  address = "%1$s/s"
                [ttrpc]
                  address = "%1$s/t"
                """.formatted(folder));
        Path database = folder.resolve("root/io.containerd.metadata.v1.bolt");
        return ServerProcess.start(List.of(binary, "-c", config.toString()), folder, database);
    }
}
