package dev.imaged.server.store.kv;

/** Changes that are committed together. A read sees the changes of the batch so far. For one thread. */
public interface WriteBatch extends Snapshot {
    /** Stores a value under a key, and replaces any that is there. */
    void put(Table table, byte[] key, byte[] value);

    /** Stores a value under a key that is greater than all others of the table. */
    void append(Table table, byte[] key, byte[] value);

    /** Deletes an entry, if there is one. */
    void delete(Table table, byte[] key);

    /** Removes a table with all its entries, if there is one. The batch must not use it afterwards. */
    void drop(Table table);

    /**
     * Says which revision {@link Contents#revision} returns after the batch. The database notes it once the batch is durable.
     */
    void revision(long revision);

    /** Discards the whole batch, even changes that are still to come. */
    void rollBack();
}
