package dev.imaged.server.engine;

/**
 * What was saved of a damaged store.
 *
 * @param saved how many images were read
 * @param lost how many are known by name and cannot be read
 * @param complete whether all that is stored could be read
 */
public record SalvageReport(long saved, long lost, boolean complete) {}
