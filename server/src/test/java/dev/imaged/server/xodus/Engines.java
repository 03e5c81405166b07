package dev.imaged.server.xodus;

import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import jetbrains.exodus.env.EnvironmentImpl;

/** Opens engines for tests. */
final class Engines {
    static final long CACHE_BYTES = 16 << 20;
    static final Retention RETENTION = new Retention(100, Duration.ofDays(1));
    static final WriteLimits LIMITS = new WriteLimits(10_000, 64 << 20);

    private Engines() {}

    static XodusImageEngine open(Path folder, Clock clock) {
        return XodusImageEngine.open(folder, CACHE_BYTES, clock, RETENTION, LIMITS);
    }

    /** Returns a committer that has begun. */
    static Committer committer(XodusDatabase database, Clock clock) {
        Committer committer = new Committer(database, clock, Instant.MIN, RETENTION, LIMITS);
        committer.start();
        return committer;
    }

    static EnvironmentImpl environment(XodusDatabase database) {
        return database.read((schema, transaction) -> (EnvironmentImpl) transaction.getEnvironment());
    }

    /** Begins to clean the oldest file of a log. */
    static FileCleaning cleanOldest(XodusDatabase database) {
        EnvironmentImpl environment = environment(database);
        long[] newestFirst = environment.getLog().getAllFileAddresses();
        return new FileCleaning(environment, newestFirst[newestFirst.length - 1]);
    }

    /** An image of more than a kilobyte, with one of so many names. */
    static Image image(int number, int names) {
        return new Image(
                "n" + number % names,
                Map.of("filler", "x".repeat(1000)),
                new Descriptor("m", "sha256:" + "%064x".formatted(number), 1));
    }
}
