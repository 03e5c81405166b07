package dev.imaged.server.admission;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Limits how often a line is logged that a peer could cause many times a second. Thread-safe. */
public final class LogPace {
    private static final Duration PERIOD = Duration.ofSeconds(10);

    private final LongSupplier nanos;
    private final AtomicLong last;

    /** @param nanos a clock that only goes forward, in nanoseconds */
    public LogPace(LongSupplier nanos) {
        this.nanos = nanos;
        this.last = new AtomicLong(nanos.getAsLong() - PERIOD.toNanos());
    }

    /** Returns true at most once in 10 s. The caller then has to log the line. */
    public boolean isDue() {
        long now = nanos.getAsLong();
        long before = last.get();
        return now - before >= PERIOD.toNanos() && last.compareAndSet(before, now);
    }
}
