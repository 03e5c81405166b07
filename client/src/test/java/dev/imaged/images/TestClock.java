package dev.imaged.images;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands still until it is told to move. Thread-safe. */
public final class TestClock extends Clock {
    /** Where it stands at first: with nanoseconds, so that a store which loses them is found out. */
    public static final Instant START = Instant.parse("2026-08-01T12:00:00.123456789Z");

    private volatile Instant now = START;

    /** Moves by {@code step}, which may be negative, and returns the new time. */
    public synchronized Instant advance(Duration step) {
        now = now.plus(step);
        return now;
    }

    /** Moves to a time. */
    public synchronized void set(Instant time) {
        now = time;
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("the store works in UTC");
    }
}
