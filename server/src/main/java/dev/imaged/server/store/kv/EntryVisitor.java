package dev.imaged.server.store.kv;

/** Sees one entry after the other. */
public interface EntryVisitor {
    /** Sees an entry; says whether to go on. */
    boolean visit(byte[] key, byte[] value);
}
