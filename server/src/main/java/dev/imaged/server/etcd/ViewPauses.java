package dev.imaged.server.etcd;

import java.time.Duration;

/**
 * How long to wait before the next view is made. Each reads all images from etcd, so those that do not last come ever more seldom: on a
 * disk that damages what is written, none lasts. For one thread.
 */
final class ViewPauses {
    private static final Duration FIRST = Duration.ofSeconds(1);

    /** The longest pause; a view that was there for so long has lasted. */
    static final Duration MAX = Duration.ofMinutes(2);

    private Duration next = Duration.ZERO;

    /**
     * Returns the pause after a view.
     *
     * @param lived how long it was there, zero when it could not be made
     */
    Duration after(Duration lived) {
        Duration pause = lived.compareTo(MAX) < 0 ? next : Duration.ZERO;
        Duration twice = pause.isZero() ? FIRST : pause.multipliedBy(2);
        next = twice.compareTo(MAX) < 0 ? twice : MAX;
        return pause;
    }
}
