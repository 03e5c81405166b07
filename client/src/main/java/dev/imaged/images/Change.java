package dev.imaged.images;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What one commit did to one image. Immutable. */
public sealed interface Change {
    /** What a change did. */
    enum Kind {
        /** The name was free, and has an image now. */
        CREATE,
        /** The image was replaced. */
        UPDATE,
        /** The name is free now. */
        DELETE
    }

    /**
     * A commit: one call that changed something. Immutable.
     *
     * @param revision its place in the order of all commits, greater than that of each before; there may be gaps
     * @param time when it was made, UTC; times never go back
     * @param namespace the namespace of its images
     * @param cause who asked for it
     */
    record Commit(long revision, Instant time, String namespace, Cause cause) {}

    /** A change that created an image. */
    record Created(Commit commit, String name, long previousRevision, Image after) implements Change {
        @Override
        public Kind kind() {
            return Kind.CREATE;
        }

        @Override
        public @Nullable Image before() {
            return null;
        }
    }

    /** A change that replaced an image; the image before is null where it was not asked for. */
    record Updated(
            Commit commit,
            String name,
            long previousRevision,
            @Nullable Image before,
            Image after) implements Change {
        @Override
        public Kind kind() {
            return Kind.UPDATE;
        }
    }

    /** A change that deleted an image; the image before is null where it was not asked for. */
    record Deleted(
            Commit commit,
            String name,
            long previousRevision,
            @Nullable Image before) implements Change {
        @Override
        public Kind kind() {
            return Kind.DELETE;
        }

        @Override
        public @Nullable Image after() {
            return null;
        }
    }

    /** Returns what the change did. */
    Kind kind();

    /** Returns the commit that the change belongs to. */
    Commit commit();

    /** Returns the name of the image. */
    String name();

    /**
     * Returns the revision of the change of the same name before this one, 0 when there was none. That change may not be kept any more.
     */
    long previousRevision();

    /** Returns the image before; null when there was none, or where it was not asked for. */
    @Nullable
    Image before();

    /** Returns the image after, null when there is none. */
    @Nullable
    Image after();

    /** Returns the revision of the commit. */
    default long revision() {
        return commit().revision();
    }

    /** Returns the time of the commit, UTC. */
    default Instant time() {
        return commit().time();
    }

    /** Returns the namespace of the image. */
    default String namespace() {
        return commit().namespace();
    }
}
