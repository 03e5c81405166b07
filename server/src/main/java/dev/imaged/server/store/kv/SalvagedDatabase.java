package dev.imaged.server.store.kv;

import org.jspecify.annotations.Nullable;

/**
 * The readable part of a damaged database, whose files stay as they are. A table is recognised by its entries, because its name may
 * be lost. For one thread.
 */
public interface SalvagedDatabase extends AutoCloseable {
    /**
     * Returns the newest readable state of a table whose keys share their prefixes, null when there is none.
     *
     * @param what the name of the table in messages
     * @param isOfTable says whether an entry can only belong to that table
     */
    @Nullable
    SalvagedTable find(String what, EntryVisitor isOfTable);

    /** Shows the readable entries of all other tables, in any order. Older states of an entry may be among them. */
    void scanOthers(EntryVisitor visitor);

    /** Whether a file could not be read to its end, or an older state of a table is used. */
    boolean isIncomplete();

    /** Returns the newest revision that was acknowledged, as far as that is known. */
    long acknowledgedRevision();

    @Override
    void close();
}
