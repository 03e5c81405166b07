package dev.imaged.server.xodus;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

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
}
