package dev.imaged.server.store.kv;

import org.jspecify.annotations.Nullable;

/**
 * What can be found in the files of a damaged database, which stay as they are. A table is told by what it holds, because its name may
 * be lost. For one thread.
 */
public interface SalvagedDatabase extends AutoCloseable {
    /**
     * Returns the newest state of a table whose keys begin alike that can be read, null when there is none.
     *
     * @param what its name in messages
     * @param isOfTable says whether an entry can only be one of that table
     */
    @Nullable
    SalvagedTable find(String what, EntryVisitor isOfTable);

    /** Shows the entries of all other tables that can be read, in any order, older states of them included. */
    void scanOthers(EntryVisitor visitor);

    /** Whether something could not be read to its end, or an older state of a table is used. */
    boolean isIncomplete();

    /** Returns the newest revision that was acknowledged, as far as that is known. */
    long acknowledgedRevision();

    @Override
    void close();
}
