package dev.imaged.server.store.kv;

/** Changes that are committed together, over what was committed before them. It reads what it wrote. For one thread. */
public interface WriteBatch extends Snapshot {
    /** Stores a value under a key, instead of any that is there. */
    void put(Table table, byte[] key, byte[] value);

    /** Stores a value under a key that is greater than all others of the table. */
    void append(Table table, byte[] key, byte[] value);

    /** Deletes an entry, if there is one. */
    void delete(Table table, byte[] key);

    /** Removes a table with all its entries, if there is one; the batch does not use it any more. */
    void drop(Table table);

    /**
     * Says which revision the batch makes, as {@link Contents#revision} will return it: the database notes it once the batch is
     * durable.
     */
    void revision(long revision);

    /** Has nothing of the batch committed, whatever else is written. */
    void rollBack();
}
