package dev.imaged.server.store.cache;

/**
 * What is kept in memory of a store. Thread-safe.
 *
 * @param records single images
 * @param lists whole namespaces
 */
public record StoreCaches(RecordCache records, ListingCache lists) {
    /** The part of the memory that is for single images; the rest is for lists. */
    private static final int RECORD_PARTS = 4;

    /** @param bytes how much of the heap may be taken */
    public StoreCaches(long bytes) {
        this(new RecordCache(bytes / RECORD_PARTS), new ListingCache(bytes - bytes / RECORD_PARTS));
    }

    /** Forgets all, and with it the database that it was read from. */
    public void clear() {
        records.clear();
        lists.clear();
    }
}
