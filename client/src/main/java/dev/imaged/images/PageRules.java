package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.OutOfRange;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rules of pages and of the past, as pure functions for an implementation of a store. */
public final class PageRules {
    /** The images of a page whose size was not given. */
    public static final int DEFAULT_SIZE = 1000;

    /** The changes of a page of a history whose size was not given. */
    public static final int DEFAULT_HISTORY_SIZE = 100;

    /** The most images or changes of a page. */
    public static final int MAX_SIZE = 10_000;

    private PageRules() {}

    /**
     * Returns the most images or changes of a page.
     *
     * @param asked what the caller asks for, 0 for {@code otherwise}
     * @throws InvalidArgument when it is negative
     */
    public static int size(int asked, int otherwise) {
        if (asked < 0) {
            throw new InvalidArgument("page_size " + asked + " must not be negative");
        }
        return asked == 0 ? otherwise : Math.min(asked, MAX_SIZE);
    }

    /**
     * Checks that the state after a commit can be read.
     *
     * @throws OutOfRange with the reason {@code REVISION_AHEAD} or {@code REVISION_DROPPED} when it cannot
     */
    public static void requireKept(long revision, Position oldest, Position newest) {
        if (revision > newest.revision()) {
            throw ahead(revision, newest);
        } else if (revision < oldest.revision()) {
            throw dropped("revision " + revision, oldest);
        }
    }

    /**
     * Checks that the changes of a commit can be read, not only the state after it.
     *
     * @throws OutOfRange with the reason {@code REVISION_AHEAD} or {@code REVISION_DROPPED} when they cannot
     */
    public static void requireCommitKept(long revision, Position oldest, Position newest) {
        requireKept(revision, oldest, newest);
        if (revision == oldest.revision()) {
            throw dropped("the commit of revision " + revision, oldest);
        }
    }

    /**
     * Checks that a state is not older than a position.
     *
     * @throws OutOfRange with the reason {@code REVISION_AHEAD} or {@code OTHER_STORE} when it is
     */
    public static void requireReached(@Nullable Position notBefore, Position newest) {
        if (notBefore != null) {
            requireSameStore(notBefore, newest.store());
            if (notBefore.revision() > newest.revision()) {
                throw ahead(notBefore.revision(), newest);
            }
        }
    }

    /**
     * Checks that a position is of the present life of a store.
     *
     * @throws OutOfRange with the reason {@code OTHER_STORE} when it is not
     */
    public static void requireSameStore(Position position, String store) {
        if (!store.equals(position.store())) {
            throw new OutOfRange(
                            "position " + position + " is of another store than this, which is " + store
                                    + ", or of this one before it was restored: begin again with a list",
                            null)
                    .withReason("OTHER_STORE", Map.of("store", store));
        }
    }

    private static ImageException ahead(long revision, Position newest) {
        return new OutOfRange("revision " + revision + " lies in the future: the newest is " + newest.revision(), null)
                .withReason("REVISION_AHEAD", Map.of("newest", newest.toString()));
    }

    /** Returns the error of a state that is not kept any more. */
    public static ImageException dropped(String what, Position oldest) {
        return new OutOfRange(
                        what + " is not kept any more: the oldest revision that can be read is " + oldest.revision(),
                        null)
                .withReason("REVISION_DROPPED", Map.of("oldest", oldest.toString()));
    }
}
