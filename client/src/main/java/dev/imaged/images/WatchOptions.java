package dev.imaged.images;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a watch follows, and from where on. Immutable; each method returns options that differ in one thing.
 *
 * @param namespaces the namespaces, of which there need not be any yet; null for all, and those to come
 * @param filters filters as those of {@link ImageStore#list(List)}, on the image before and after a change
 * @param after the position to start behind; null to start with a snapshot or now
 * @param snapshot whether the watch starts with all images that match
 * @param before whether changes have the image before
 * @param progressInterval the longest time without an event; it is taken for at least 1 s and at most 5 min
 * @param maxDelay how long changes may wait for others to share a message with; it is taken for at most 1 s
 * @param restarts whether the watch starts again with a snapshot when its position is lost
 */
public record WatchOptions(
        @Nullable List<String> namespaces,
        List<String> filters,
        @Nullable Position after,
        boolean snapshot,
        boolean before,
        Duration progressInterval,
        Duration maxDelay,
        boolean restarts) {
    private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(10);

    /** Copies the lists. */
    public WatchOptions {
        namespaces = namespaces == null ? null : List.copyOf(namespaces);
        filters = List.copyOf(filters);
    }

    private static WatchOptions of(@Nullable List<String> namespaces) {
        return new WatchOptions(namespaces, List.of(), null, false, true, DEFAULT_INTERVAL, Duration.ZERO, false);
    }

    /** Returns the options to watch one namespace from now on. */
    public static WatchOptions namespace(String namespace) {
        return of(List.of(namespace));
    }

    /**
     * Returns the options to watch some namespaces from now on.
     *
     * @throws IllegalArgumentException when there are none
     */
    public static WatchOptions namespaces(List<String> namespaces) {
        if (namespaces.isEmpty()) {
            throw new IllegalArgumentException("namespaces must not be empty; allNamespaces() is for all of them");
        }
        return of(namespaces);
    }

    /** Returns the options to watch all namespaces from now on, and those to come. */
    public static WatchOptions allNamespaces() {
        return of(null);
    }

    /** Watches images that match at least one filter. */
    public WatchOptions filters(List<String> texts) {
        return new WatchOptions(namespaces, texts, after, snapshot, before, progressInterval, maxDelay, restarts);
    }

    /** Starts with the first commit behind a position. */
    public WatchOptions after(Position position) {
        return new WatchOptions(namespaces, filters, position, false, before, progressInterval, maxDelay, restarts);
    }

    /** Starts with all images that match. */
    public WatchOptions withSnapshot() {
        return new WatchOptions(namespaces, filters, null, true, before, progressInterval, maxDelay, restarts);
    }

    /** Spares the images before the changes. */
    public WatchOptions withoutBefore() {
        return new WatchOptions(namespaces, filters, after, snapshot, false, progressInterval, maxDelay, restarts);
    }

    /** Sets the longest time without an event. */
    public WatchOptions progressInterval(Duration longest) {
        return new WatchOptions(namespaces, filters, after, snapshot, before, longest, maxDelay, restarts);
    }

    /** Sets how long changes may wait for others to share a message with. */
    public WatchOptions maxDelay(Duration longest) {
        return new WatchOptions(namespaces, filters, after, snapshot, before, progressInterval, longest, restarts);
    }

    /** Starts again with a snapshot when the position is lost: not kept any more, or of another store. */
    public WatchOptions restarting() {
        return new WatchOptions(namespaces, filters, after, snapshot, before, progressInterval, maxDelay, true);
    }

    /** Returns the progress interval as it is taken. */
    public Duration effectiveInterval() {
        Duration least = Duration.ofSeconds(1);
        Duration most = Duration.ofMinutes(5);
        return progressInterval.compareTo(least) < 0
                ? least
                : progressInterval.compareTo(most) > 0 ? most : progressInterval;
    }
}
