package dev.imaged.server.store.kv;

/**
 * How much a database takes on the disk.
 *
 * @param diskBytes all of it
 * @param liveBytes what of that is in use, by the estimate of the database
 */
public record Space(long diskBytes, long liveBytes) {}
