package dev.imaged.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** How the daemon is started. */
final class DaemonOptions {
    private static final int AOT_CACHE_SINCE = 25; // JEP 514

    @Option(
            names = "--jar",
            defaultValue = "server/target/imaged.jar",
            description = "The daemon's jar; what the build recorded next to it is used.")
    Path jar;

    @Option(
            names = "--jvm-args",
            defaultValue = "-XX:+UseSerialGC -Xms96m -XX:NewSize=32m -XX:MaxNewSize=32m -XX:MaxRAMPercentage=50"
                    + " -XX:ErgoHeapSizeLimit=768m -XX:MetaspaceSize=64m -XX:TrimNativeHeapInterval=10000",
            description = "Flags of the daemon's JVM. Default: those of the container image.")
    String jvmArguments;

    List<String> jvmArguments() {
        return List.of(jvmArguments.split(" +", -1));
    }

    ServerProcess start(Path folder) throws IOException, InterruptedException {
        return start(folder, List.of(), List.of());
    }

    /**
     * Starts it.
     *
     * @param more further flags of the JVM
     * @param flags those of {@code imaged serve}
     */
    ServerProcess start(Path folder, List<String> more, List<String> flags) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(jvmArguments());
        arguments.addAll(more);
        Path cache = jar.resolveSibling("imaged.aot");
        Path archive = jar.resolveSibling("imaged.jsa");
        if (Runtime.version().feature() >= AOT_CACHE_SINCE && Files.exists(cache)) {
            arguments.add("-XX:AOTCache=" + cache);
        } else if (Files.exists(archive)) {
            arguments.add("-XX:SharedArchiveFile=" + archive);
        }
        return ServerProcess.imaged(jar, arguments, flags, folder);
    }
}
