package dev.imaged.server.store.record;

import dev.imaged.server.store.kv.Snapshot;

/** The oldest and the newest revision of a snapshot. */
public final class Revisions {
    private Revisions() {}

    /** The revision of the last commit, 0 before the first. The last commit is never dropped. */
    public static long last(Snapshot snapshot) {
        byte[] key = snapshot.lastKey(Schema.CHANGES.entries());
        return key == null ? base(snapshot) : Keys.revision(key);
    }

    /** The revision of the oldest commit that is kept, or a smaller one behind which no commit was dropped. */
    public static long oldestKept(Snapshot snapshot) {
        Long base = Meta.base(snapshot);
        if (base != null) {
            return base + 1;
        }
        byte[] key = snapshot.firstKey(Schema.CHANGES.entries());
        return key == null ? 1 : Keys.revision(key);
    }

    /** A store that follows another may have images without their changes. */
    private static long base(Snapshot snapshot) {
        Long base = Meta.base(snapshot);
        return base == null ? 0 : base;
    }
}
