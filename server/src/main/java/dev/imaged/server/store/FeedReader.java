package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import dev.imaged.images.Position;
import dev.imaged.proto.v1.Change.Match;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ChangeFeed.Batch;
import dev.imaged.server.engine.ImageCatalog.EncodedChange;
import dev.imaged.server.store.record.Change;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects the next batch of a feed. It ends between two commits, unless a single commit is larger than a batch. For one thread, once.
 */
final class FeedReader {
    /** The most changes that a batch looks at, so that no read of the log takes long. */
    private static final int MAX_LOOKS = 10_000;

    private final FeedGroup group;
    private final boolean withBefore;
    private final int maxBytes;
    private final Cancellation cancellation;
    private final List<EncodedChange> changes = new ArrayList<>();

    /** The revision of the last commit that was seen as a whole. */
    private long position;

    /** How many changes of the commit behind it are read. */
    private int index;

    /** The revision of the commit that is being seen, 0 before the first. */
    private long current;

    /** How many changes the batch had when that commit started. */
    private int currentStart;

    private long bytes;
    private int looks;
    private boolean isFull;

    /**
     * Starts behind a position.
     *
     * @param index how many changes of the commit behind it were read before
     */
    FeedReader(FeedGroup group, boolean withBefore, long position, int index, int maxBytes, Cancellation cancellation) {
        this.group = group;
        this.withBefore = withBefore;
        this.position = position;
        this.index = index;
        this.maxBytes = maxBytes;
        this.cancellation = cancellation;
    }

    /** Sees the next change; returns whether there is room for another. */
    boolean visit(SharedChange shared) {
        Change change = shared.change();
        if (change.revision() != current && !begin(change.revision())) {
            return false;
        }
        if (change.index() < index) {
            return true;
        }
        cancellation.check();
        looks++;
        Match match = group.match(change, cancellation);
        if (match == Match.MATCH_UNSPECIFIED) {
            return true;
        }
        ByteString message = shared.message(match, withBefore);
        if (!changes.isEmpty() && bytes + message.size() > maxBytes) {
            cut(change.index());
            return false;
        }
        changes.add(new EncodedChange(message, change.revision()));
        bytes += message.size();
        return true;
    }

    /** Starts with a commit; returns whether the batch may look at it. */
    private boolean begin(long revision) {
        if (current != 0) {
            position = current;
            index = 0;
        }
        isFull = looks >= MAX_LOOKS || (current != 0 && cancellation.isTurnOver());
        current = revision;
        currentStart = changes.size();
        return !isFull;
    }

    /** Ends the batch before a change: before its commit, if there are others in the batch. */
    private void cut(int before) {
        isFull = true;
        if (currentStart == 0) {
            index = before;
        } else {
            changes.subList(currentStart, changes.size()).clear();
        }
    }

    /** Says that all changes up to a revision were shown, unless the batch was full before. */
    void finish(long upTo) {
        if (!isFull) {
            position = Math.max(position, upTo);
            index = 0;
        }
    }

    long position() {
        return position;
    }

    int index() {
        return index;
    }

    Batch batch(String store) {
        return new Batch(changes, new Position(store, position), index > 0);
    }
}
