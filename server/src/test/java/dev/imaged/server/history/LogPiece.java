package dev.imaged.server.history;

import dev.imaged.images.Change;
import dev.imaged.images.Image;
import dev.imaged.images.Position;
import dev.imaged.images.VersionedImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A piece of the log.
 *
 * @param start the position before it
 * @param before the last change of every name ever written, at the start
 * @param changes all changes behind the start, in order
 */
record LogPiece(Position start, Map<Name, Last> before, List<Change> changes) {
    /** A name of an image. */
    record Name(String namespace, String name) {
        static Name of(Change change) {
            return new Name(change.namespace(), change.name());
        }
    }

    /**
     * What the last change of a name left.
     *
     * @param image null when the name is free
     */
    record Last(long revision, @Nullable VersionedImage image) {
        static final Last NONE = new Last(0, null);
    }

    /** Returns the piece of a log from its very start. */
    static LogPiece first(String store, List<Change> changes) {
        return new LogPiece(new Position(store, 0), Map.of(), changes);
    }

    /** Returns the piece that follows this one. */
    LogPiece next(List<Change> more) {
        return new LogPiece(end(), at(revision()), more);
    }

    /** Returns the revision of the last change. */
    long revision() {
        return changes.isEmpty()
                ? start.revision()
                : changes.get(changes.size() - 1).revision();
    }

    /** Returns the position behind it. */
    Position end() {
        return new Position(start.store(), revision());
    }

    /** Returns what the names were after a commit. */
    Map<Name, Last> at(long revision) {
        Map<Name, Last> names = new HashMap<>(before);
        for (Change change : changes) {
            if (change.revision() > revision) {
                break;
            }
            names.merge(Name.of(change), after(change, null), (last, next) -> after(change, last.image()));
        }
        return names;
    }

    /** Returns what a change leaves of a name that had this image. */
    static Last after(Change change, @Nullable VersionedImage before) {
        Image image = change.after();
        long created = before == null ? change.revision() : before.createdRevision();
        return new Last(
                change.revision(),
                image == null ? null : new VersionedImage(change.namespace(), image, change.revision(), created));
    }

    /** Returns the changes behind a revision, up to another. */
    List<Change> between(long after, long until) {
        List<Change> found = new ArrayList<>();
        for (int i = firstBehind(after); i < changes.size() && changes.get(i).revision() <= until; i++) {
            found.add(changes.get(i));
        }
        return found;
    }

    private int firstBehind(long revision) {
        int low = 0;
        int high = changes.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (changes.get(middle).revision() <= revision) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
