package dev.imaged.server.store.record;

import dev.imaged.server.store.kv.Snapshot;

/** The oldest and the newest revision of a snapshot. */
public final class Revisions {
    private Revisions() {}

    /** The revision of the last commit, 0 before the first. The last commit is never dropped. */
    public static long last(Snapshot snapshot) {
        byte[] key = snapshot.lastKey(Schema.CHANGES.entries());
        return key == null ? 0 : Keys.revision(key);
    }

    /** The revision of the oldest commit that is kept, 1 when there is none. */
    public static long oldestKept(Snapshot snapshot) {
        byte[] key = snapshot.firstKey(Schema.CHANGES.entries());
        return key == null ? 1 : Keys.revision(key);
    }
}
