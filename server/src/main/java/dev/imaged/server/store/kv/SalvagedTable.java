package dev.imaged.server.store.kv;

import org.jspecify.annotations.Nullable;

/** The readable part of a table of a damaged database. For one thread. */
public interface SalvagedTable {
    /**
     * Returns the value of a key, null when there is none.
     *
     * @throws RuntimeException when it cannot be read
     */
    byte @Nullable [] get(byte[] key);

    /** Shows all readable entries, in ascending order, until the visitor stops; returns whether it saw all. */
    boolean scan(EntryVisitor visitor);
}
