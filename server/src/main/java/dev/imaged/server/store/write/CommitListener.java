package dev.imaged.server.store.write;

import dev.imaged.server.store.record.Change;
import java.util.List;

/** Hears of commits once they are durable, before their callers are answered. Called on the thread that writes: it must not block. */
public interface CommitListener {
    /** Hears nothing. */
    CommitListener NONE = new CommitListener() {
        @Override
        public void committed(List<Change> changes, long dropped) {}

        @Override
        public void recovered(long revision) {}
    };

    /**
     * Called after each transaction.
     *
     * @param changes the changes of its commits in order; none if it only dropped old ones
     * @param dropped the greatest revision that it dropped, 0 when it dropped none
     */
    void committed(List<Change> changes, long dropped);

    /**
     * Called once the database works again after a transaction that failed. Commits that nobody heard of may be stored.
     *
     * @param revision the revision of the last commit that is stored
     */
    void recovered(long revision);
}
