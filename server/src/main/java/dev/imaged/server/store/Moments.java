package dev.imaged.server.store;

import dev.imaged.images.AsOf;
import dev.imaged.images.PageRules;
import dev.imaged.images.Position;
import dev.imaged.server.engine.ImageCatalog.Reach;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Finds the revision of a moment in a snapshot, and refuses those that are not kept. */
final class Moments {
    private Moments() {}

    static Position position(Snapshot snapshot, long revision) {
        return new Position(Meta.instanceId(snapshot).toString(), revision);
    }

    /** Returns the newest position, and the oldest whose state the log leads back to. */
    static Reach reach(Snapshot snapshot) {
        return new Reach(
                position(snapshot, Revisions.last(snapshot)), position(snapshot, Revisions.oldestKept(snapshot) - 1));
    }

    /** Returns the revision that was the last one at a moment. */
    static long revision(Snapshot snapshot, AsOf asOf) {
        Long revision = asOf.revision();
        if (revision != null) {
            requireKept(snapshot, revision);
            return revision;
        }
        Instant time = asOf.time();
        return time == null ? Revisions.last(snapshot) : lastUntil(snapshot, time);
    }

    /** Checks that the state after a commit can be read. */
    static void requireKept(Snapshot snapshot, long revision) {
        Reach reach = reach(snapshot);
        PageRules.requireKept(revision, reach.oldest(), reach.newest());
    }

    /** Checks that a commit itself is kept, and does not lie in the future. */
    static void requireCommitKept(Snapshot snapshot, long revision) {
        Reach reach = reach(snapshot);
        PageRules.requireCommitKept(revision, reach.oldest(), reach.newest());
    }

    /** Checks that a snapshot is not older than a position. */
    static void requireReached(Snapshot snapshot, @Nullable Position notBefore) {
        PageRules.requireReached(notBefore, position(snapshot, Revisions.last(snapshot)));
    }

    /** Checks that a position is of the present life of the store. */
    static void requireSameStore(Snapshot snapshot, Position position) {
        PageRules.requireSameStore(position, Meta.instanceId(snapshot).toString());
    }

    /** Times never go back, so a search by halves finds the last commit that is not later than a time. */
    private static long lastUntil(Snapshot snapshot, Instant time) {
        long low = Revisions.oldestKept(snapshot) - 1; // at most the revision looked for, if it is kept
        long high = Revisions.last(snapshot);
        long found = low;
        while (low < high) {
            long middle = low + (high - low) / 2 + 1;
            Change change = firstFrom(snapshot, middle);
            if (change != null && !change.time().isAfter(time)) {
                found = change.revision();
                low = change.revision();
            } else {
                high = middle - 1;
            }
        }
        boolean isBeforeAll = found < Revisions.oldestKept(snapshot);
        if (isBeforeAll && found > 0) {
            throw PageRules.dropped("what was at " + time, reach(snapshot).oldest());
        }
        return found;
    }

    private static @Nullable Change firstFrom(Snapshot snapshot, long revision) {
        Change[] first = new Change[1];
        ChangeLog.forEach(snapshot, revision, change -> {
            first[0] = change;
            return false;
        });
        return first[0];
    }
}
