package dev.imaged.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Option;

/** How the daemon is started, and for how long it is measured. */
final class DaemonOptions {
    private static final int AOT_CACHE_SINCE = 25; // JEP 514

    @Option(
            names = "--jar",
            defaultValue = "server/target/imaged.jar",
            description = "The daemon's jar; what the build recorded beside it is used.")
    Path jar;

    @Option(names = "--rounds", defaultValue = "5", description = "How often each operation is measured.")
    int rounds;

    @Option(names = "--seconds", defaultValue = "3", description = "How long a round of an operation takes.")
    int seconds;

    @Option(
            names = "--jvm-args",
            defaultValue = "-XX:+UseSerialGC -Xms32m -XX:MaxNewSize=32m -XX:MaxRAMPercentage=50",
            description = "Flags of the daemon's JVM. Default: those of the container image.")
    String jvmArguments;

    List<String> jvmArguments() {
        return List.of(jvmArguments.split(" +", -1));
    }

    long nanos() {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    ServerProcess start(Path folder) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(jvmArguments());
        Path cache = jar.resolveSibling("imaged.aot");
        Path archive = jar.resolveSibling("imaged.jsa");
        if (Runtime.version().feature() >= AOT_CACHE_SINCE && Files.exists(cache)) {
            arguments.add("-XX:AOTCache=" + cache);
        } else if (Files.exists(archive)) {
            arguments.add("-XX:SharedArchiveFile=" + archive);
        }
        return ServerProcess.imaged(jar, arguments, folder);
    }
}
