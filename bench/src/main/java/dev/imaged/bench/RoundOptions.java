package dev.imaged.bench;

import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Option;

/** For how long each operation is measured. */
final class RoundOptions {
    @Option(names = "--rounds", defaultValue = "5", description = "How often each operation is measured.")
    int rounds;

    @Option(names = "--seconds", defaultValue = "3", description = "How long a round of an operation takes.")
    int seconds;

    long nanos() {
        return TimeUnit.SECONDS.toNanos(seconds);
    }
}
