package dev.imaged.server.store.kv;

/**
 * How much space a database takes on the disk.
 *
 * @param diskBytes all of its space
 * @param liveBytes how much of the space is in use, by the estimate of the database
 */
public record Space(long diskBytes, long liveBytes) {}
