package dev.imaged.server.store.kv;

import dev.imaged.errors.ImageException;
import org.jspecify.annotations.Nullable;

/**
 * The database as it was committed at one moment. For one thread, and only for the read or write that it was given to. Every method
 * throws {@link ImageException.DataLoss} when an entry that it needs is missing or damaged. The caller may keep the arrays that it
 * returns, and must not change them.
 */
public interface Snapshot {
    /**
     * Returns an object that differs at each opening of the database. A database that was opened again may have lost its last commits,
     * so anything that was read before may be wrong.
     */
    Object identity();

    /** Returns the value of a key, null when there is none. */
    byte @Nullable [] get(Table table, byte[] key);

    /** Whether there is an entry of a key. */
    boolean contains(Table table, byte[] key);

    /** Returns the least key of a table, null when it is empty. */
    byte @Nullable [] firstKey(Table table);

    /** Returns the greatest key of a table, null when it is empty. */
    byte @Nullable [] lastKey(Table table);

    /**
     * Shows the entries whose key starts with a prefix to a visitor, in ascending order, until it stops.
     *
     * @param from the least key to show; the prefix itself for all
     */
    void scan(Table table, byte[] prefix, byte[] from, EntryVisitor visitor);

    /** Shows all entries whose key starts with a prefix; every key starts with the empty prefix. */
    default void scan(Table table, byte[] prefix, EntryVisitor visitor) {
        scan(table, prefix, prefix, visitor);
    }

    /** Shows a visitor the entries whose keys fit, in ascending order, until it stops. */
    void scan(Table table, KeySteps steps, EntryVisitor visitor);

    /** Returns how many entries a table has. */
    long count(Table table);
}
