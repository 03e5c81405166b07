package dev.imaged.images;

import dev.imaged.filters.Filters;
import org.jspecify.annotations.Nullable;

/**
 * A change as a watch tells it. Immutable.
 *
 * @param match what the change means to the filters of the watch
 */
public record WatchedChange(Change change, Match match) {
    /** What a change means to the filters of a watch. */
    public enum Match {
        /** The image matches now, and did not before. */
        ENTERED,
        /** The image matched before, and does now. */
        STAYED,
        /** The image matched before and does not any more, whether it was deleted or not. */
        LEFT
    }

    /** Returns what a change means to filters, null when it means nothing. */
    static @Nullable Match match(Change change, Filters filters) {
        Image before = change.before();
        Image after = change.after();
        boolean did = before != null && filters.matches(before);
        boolean does = after != null && filters.matches(after);
        return did ? (does ? Match.STAYED : Match.LEFT) : does ? Match.ENTERED : null;
    }

    /** Returns what the change did. */
    public Change.Kind kind() {
        return change.kind();
    }

    /** Returns the namespace of the image. */
    public String namespace() {
        return change.namespace();
    }

    /** Returns the name of the image. */
    public String name() {
        return change.name();
    }

    /** Returns the image before; null when there was none, or where it was not asked for. */
    public @Nullable Image before() {
        return change.before();
    }

    /** Returns the image after, null when there is none. */
    public @Nullable Image after() {
        return change.after();
    }
}
