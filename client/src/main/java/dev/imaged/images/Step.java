package dev.imaged.images;

import org.jspecify.annotations.Nullable;

/**
 * What a request to {@link Transactions} makes of one name, for an implementation of a store. Immutable.
 *
 * @param before the image that is stored, null when there is none
 * @param after the image to store, null when there is to be none
 * @param isChange whether there is anything to write
 */
public record Step(
        String name,
        @Nullable VersionedImage before,
        @Nullable Image after,
        boolean isChange) {
    static Step change(String name, @Nullable VersionedImage before, @Nullable Image after) {
        return new Step(name, before, after, true);
    }

    static Step nothing(String name, @Nullable VersionedImage before) {
        return new Step(name, before, before == null ? null : before.image(), false);
    }

    /** Returns what is done, null when nothing is. */
    public Change.@Nullable Kind kind() {
        if (!isChange) {
            return null;
        } else if (after == null) {
            return Change.Kind.DELETE;
        }
        return before == null ? Change.Kind.CREATE : Change.Kind.UPDATE;
    }
}
