package dev.imaged.server.store.kv;

import dev.imaged.errors.ImageException;
import org.jspecify.annotations.Nullable;

/**
 * What is committed at one moment. For one thread, and only until the read or write ends that it was given to. Every method throws
 * {@link ImageException.DataLoss} when what it needs is missing or damaged. The arrays that it returns belong to the caller, as far
 * as it does not change them.
 */
public interface Snapshot {
    /**
     * Tells the database from that of an earlier opening: a database that was opened again may have lost its last commits, so what was
     * read from it before says nothing about it.
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
     * Shows the entries whose key begins with a prefix to a visitor, in ascending order, until it has enough.
     *
     * @param from the first key to show, or where it would be; the prefix itself for all
     */
    void scan(Table table, byte[] prefix, byte[] from, EntryVisitor visitor);

    /** Shows all entries whose key begins with a prefix; the empty prefix is that of all. */
    default void scan(Table table, byte[] prefix, EntryVisitor visitor) {
        scan(table, prefix, prefix, visitor);
    }

    /** Shows the entries whose keys fit to a visitor, in ascending order, until it has enough. */
    void scan(Table table, KeySteps steps, EntryVisitor visitor);

    /** Returns how many entries a table has. */
    long count(Table table);
}
