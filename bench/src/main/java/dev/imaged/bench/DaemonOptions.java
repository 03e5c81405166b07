package dev.imaged.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Option;

/** How the daemon is started, and for how long it is measured. */
final class DaemonOptions {
    @Option(names = "--jar", defaultValue = "server/target/imaged.jar", description = "The daemon's jar.")
    Path jar;

    @Option(names = "--rounds", defaultValue = "5", description = "How often each operation is measured.")
    int rounds;

    @Option(names = "--seconds", defaultValue = "3", description = "How long a round of an operation takes.")
    int seconds;

    @Option(
            names = "--jvm-args",
            defaultValue = "-XX:+UseSerialGC -Xms32m -XX:MaxNewSize=32m -Xmx192m",
            description = "Flags of the daemon's JVM.")
    String jvmArguments;

    List<String> jvmArguments() {
        return List.of(jvmArguments.split(" +", -1));
    }

    long nanos() {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    ServerProcess start(Path folder) throws IOException, InterruptedException {
        return ServerProcess.imaged(jar, jvmArguments(), folder);
    }
}
