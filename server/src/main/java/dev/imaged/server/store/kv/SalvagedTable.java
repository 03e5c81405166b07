package dev.imaged.server.store.kv;

import org.jspecify.annotations.Nullable;

/** What can be read of a table of a damaged database. For one thread. */
public interface SalvagedTable {
    /**
     * Returns the value of a key, null when there is none.
     *
     * @throws RuntimeException when that cannot be read
     */
    byte @Nullable [] get(byte[] key);

    /** Shows all entries that can be read, in ascending order, until the visitor has enough; says whether it saw all. */
    boolean scan(EntryVisitor visitor);
}
