package dev.imaged.server.store.kv;

/**
 * An ordered table of entries. Keys are unique, and sorted by their bytes, which count as unsigned.
 *
 * @param name unique in its database
 * @param sharesPrefixes whether many keys start with the same bytes, which a database may make use of
 */
public record Table(String name, boolean sharesPrefixes) {}
