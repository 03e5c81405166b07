package dev.imaged.server.store;

import dev.imaged.errors.ImageException;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ChangeFeed;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.ChangeLog;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A feed of a store. It reads the last commits from memory, and older ones from the log.
 *
 * <p>The dispatcher marks a feed with the revisions that concern it, and afterwards says up to which revision it has marked all feeds.
 * So a feed without a mark may move there without a look at what lies between.
 */
final class StoreFeed implements ChangeFeed {
    private static final Logger log = LoggerFactory.getLogger(StoreFeed.class);

    private final ChangeFeeds feeds;
    private final String store;
    private final boolean withBefore;
    private final Runnable wake;
    private final FeedGroup group;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** The revision of the last commit that was read as a whole. */
    private long position;

    /** How many changes of the commit behind it were read. */
    private int index;

    private long firstMarked;
    private long lastMarked;

    /**
     * Starts to follow.
     *
     * @param after the revision behind which it starts; negative for that of the last commit
     */
    StoreFeed(ChangeFeeds feeds, FeedGroup.Key key, String store, boolean withBefore, long after, Runnable wake) {
        this.feeds = feeds;
        this.store = store;
        this.withBefore = withBefore;
        this.wake = wake;
        this.group = feeds.join(key, this);
        synchronized (this) {
            long newest = feeds.recent().newest();
            position = after < 0 ? newest : after;
            firstMarked = position + 1;
            lastMarked = Math.max(lastMarked, newest);
        }
    }

    /** Says that changes of these revisions may concern the feed. Each call has greater ones than that before. */
    synchronized void mark(long first, long last) {
        if (lastMarked <= position) {
            firstMarked = first;
        }
        lastMarked = Math.max(lastMarked, last);
    }

    void wake() {
        try {
            wake.run();
        } catch (RuntimeException e) { // the others have to be woken, too
            log.error("a watch could not be woken", e);
        }
    }

    @Override
    public synchronized boolean hasNext() {
        return lastMarked > position || feeds.end() != null;
    }

    @Override
    public synchronized boolean isLost() {
        if (feeds.end() != null) {
            return true;
        }
        long next = index == 0 ? Math.max(position, firstMarked - 1) : position; // where the next read starts
        return lastMarked > position
                && next < feeds.dropped()
                && !feeds.recent().reachesBackTo(next);
    }

    @Override
    public Batch next(int maxBytes, Cancellation cancellation) {
        ImageException end = feeds.end();
        if (end != null) {
            throw end;
        }
        long dispatched = feeds.dispatched(); // before the look at the marks
        long from;
        long marked;
        synchronized (this) {
            if (lastMarked <= position) {
                position = Math.max(position, dispatched);
                return new FeedReader(group, withBefore, position, index, maxBytes, cancellation).batch(store);
            }
            if (index == 0) {
                position = Math.max(position, firstMarked - 1);
            }
            from = position;
            marked = lastMarked;
        }
        FeedReader read =
                read(from, Math.max(from, Math.min(marked, feeds.recent().newest())), maxBytes, cancellation);
        synchronized (this) {
            if (read.position() == marked) { // and there was nothing else when the look at the marks began
                read.finish(dispatched);
            }
            position = read.position();
            index = read.index();
        }
        return read.batch(store);
    }

    private FeedReader read(long from, long upTo, int maxBytes, Cancellation cancellation) {
        FeedReader reader = new FeedReader(group, withBefore, from, index, maxBytes, cancellation);
        if (feeds.recent().forEach(from, upTo, reader::visit)) {
            reader.finish(upTo);
            return reader;
        }
        return feeds.database()
                .read(snapshot -> readLog(
                        snapshot, upTo, new FeedReader(group, withBefore, from, index, maxBytes, cancellation)));
    }

    /** Reads only what the committer has told of: the snapshot may have a commit that it is about to tell of. */
    private static FeedReader readLog(Snapshot snapshot, long upTo, FeedReader reader) {
        Moments.requireKept(snapshot, reader.position());
        ChangeLog.forEach(
                snapshot,
                reader.position() + 1,
                change -> change.revision() <= upTo && reader.visit(new SharedChange(change)));
        reader.finish(upTo);
        return reader;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            feeds.leave(group, this);
        }
    }
}
