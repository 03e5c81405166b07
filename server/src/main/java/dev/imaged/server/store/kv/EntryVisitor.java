package dev.imaged.server.store.kv;

/** Sees one entry after the other. */
public interface EntryVisitor {
    /** Sees an entry; returns whether to go on. */
    boolean visit(byte[] key, byte[] value);

    /** Called for an entry that was read and does not fit, in a scan by steps; returns whether to go on. */
    default boolean skip() {
        return true;
    }
}
