package dev.imaged.images;

import dev.imaged.errors.ImageException.OutOfRange;
import java.time.Instant;

/** Finds the positions of moments in an {@link InMemoryState}, and refuses those that are not kept. */
record InMemoryPast(InMemoryState state) {
    private Position at(long revision) {
        return new Position(state.store, revision);
    }

    Position newest() {
        return at(state.revision());
    }

    private Position oldest() {
        return at(state.oldest());
    }

    /** Returns what a new list is of. */
    Position position(ListOptions list) {
        PageRules.requireReached(list.notBefore(), newest());
        return position(list.asOf());
    }

    Position position(AsOf asOf) {
        Long revision = asOf.revision();
        Instant time = asOf.time();
        if (revision != null) {
            PageRules.requireKept(revision, oldest(), newest());
            return at(revision);
        }
        return time == null ? newest() : at(lastUntil(time));
    }

    /** Returns what a list goes on with that was of a position. */
    Position resume(Position position, boolean allowsNewer) {
        PageRules.requireSameStore(position, state.store);
        try {
            PageRules.requireKept(position.revision(), oldest(), newest());
            return position;
        } catch (OutOfRange e) {
            if (allowsNewer && e.reason().equals("REVISION_DROPPED")) {
                return newest();
            }
            throw e;
        }
    }

    private long lastUntil(Instant time) {
        long last = state.lastUntil(time);
        if (last == state.oldest() && last > 0) {
            throw PageRules.dropped("what was at " + time, oldest());
        }
        return last;
    }
}
