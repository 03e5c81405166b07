package dev.imaged.server.etcd;

import java.time.Duration;

/** How far a view is behind etcd. Thread-safe. */
final class ViewLag {
    /** How long a view may be behind before its daemon says that it does not serve: longer than the election of a leader takes. */
    static final Duration MAX = Duration.ofSeconds(5);

    private final long start = System.nanoTime();
    private long currentAt;
    private boolean wasCurrent;
    private long newest;

    /** Says that a commit of etcd is known. */
    synchronized void knows(long revision) {
        newest = Math.max(newest, revision);
    }

    /** Says that the view has all that etcd had at a time, by the clock of {@link System#nanoTime}. */
    synchronized void current(long nanos) {
        if (!wasCurrent || nanos - currentAt > 0) {
            currentAt = nanos;
        }
        wasCurrent = true;
    }

    /** Whether the view was current lately. */
    synchronized boolean isCurrent() {
        return wasCurrent && time().compareTo(MAX) < 0;
    }

    /** Returns the newest revision of etcd that is known to be a commit. */
    synchronized long newest() {
        return newest;
    }

    /** Returns how long ago the view had all that etcd had; how long it exists when it never had. */
    synchronized Duration time() {
        return Duration.ofNanos(System.nanoTime() - (wasCurrent ? currentAt : start));
    }
}
