package dev.imaged.server.store;

import dev.imaged.server.store.record.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The changes of the last commits in memory, up to some bytes. One thread adds to them, all others read without a lock. Thread-safe.
 */
final class RecentChanges {
    private final long maxBytes;

    /** The changes of commits by revision. */
    private final ConcurrentSkipListMap<Long, List<SharedChange>> commits = new ConcurrentSkipListMap<>();

    private long bytes;

    /** All commits with a greater revision are here. It is raised before a commit is removed. */
    private volatile long floor;

    private volatile long newest;

    /** Sees one change after the other; returns whether to go on. */
    interface Visitor {
        boolean visit(SharedChange change);
    }

    /** @param revision that of the last commit, which is not in memory */
    RecentChanges(long maxBytes, long revision) {
        this.maxBytes = maxBytes;
        this.floor = revision;
        this.newest = revision;
    }

    /** Returns the revision of the last commit. */
    long newest() {
        return newest;
    }

    /** Whether all changes behind a revision are here. */
    boolean reachesBackTo(long revision) {
        return revision >= floor;
    }

    /** Adds the changes of some commits, in order. */
    void append(List<Change> changes) {
        int start = 0;
        for (int end = 1; end <= changes.size(); end++) {
            long revision = changes.get(start).revision();
            if (end == changes.size() || changes.get(end).revision() != revision) {
                append(revision, changes.subList(start, end));
                start = end;
            }
        }
        newest = changes.get(changes.size() - 1).revision();
        while (bytes > maxBytes) {
            removeOldest();
        }
    }

    private void append(long revision, List<Change> changes) {
        List<SharedChange> commit = new ArrayList<>(changes.size());
        for (Change change : changes) {
            SharedChange shared = new SharedChange(change);
            commit.add(shared);
            bytes += shared.bytes();
        }
        commits.put(revision, commit);
    }

    private void removeOldest() {
        Map.Entry<Long, List<SharedChange>> oldest = commits.firstEntry();
        floor = oldest.getKey();
        commits.remove(oldest.getKey());
        for (SharedChange change : oldest.getValue()) {
            bytes -= change.bytes();
        }
    }

    /** Forgets all changes, and starts behind a revision. */
    void startAfter(long revision) {
        floor = revision;
        newest = revision;
        if (bytes > 0) {
            commits.clear();
            bytes = 0;
        }
    }

    /**
     * Shows the changes behind a revision, up to another, until the visitor stops.
     *
     * @param upTo at most that of {@link #newest}
     * @return false when some of those that were to be shown are not here any more: then the visitor may have missed any of them
     */
    boolean forEach(long after, long upTo, Visitor visitor) {
        if (!reachesBackTo(after)) {
            return false;
        }
        if (after < upTo) {
            show(after, upTo, visitor);
        }
        return reachesBackTo(after); // nothing behind it was removed meanwhile
    }

    private void show(long after, long upTo, Visitor visitor) {
        for (List<SharedChange> commit :
                commits.subMap(after, false, upTo, true).values()) {
            for (SharedChange change : commit) {
                if (!visitor.visit(change)) {
                    return;
                }
            }
        }
    }
}
