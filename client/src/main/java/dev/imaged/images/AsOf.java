package dev.imaged.images;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A moment: now, or one of the past. Immutable.
 *
 * @param revision what was after the commit of this revision; null for a time, or for now
 * @param time what was after the last commit that was not later; null for a revision, or for now
 */
public record AsOf(@Nullable Long revision, @Nullable Instant time) {
    private static final AsOf NOW = new AsOf(null, null);

    /** @throws InvalidArgument when the revision is negative */
    public AsOf {
        if (revision != null && revision < 0) {
            throw new InvalidArgument("as_of.revision " + revision + " must not be negative");
        }
    }

    /** Returns the present moment. */
    public static AsOf now() {
        return NOW;
    }

    /** Returns the moment after the commit of a revision. */
    public static AsOf revision(long revision) {
        return new AsOf(revision, null);
    }

    /** Returns the moment after the last commit that was not later than a time. */
    public static AsOf time(Instant time) {
        return new AsOf(null, time);
    }
}
