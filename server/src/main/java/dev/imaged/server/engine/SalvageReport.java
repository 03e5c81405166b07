package dev.imaged.server.engine;

/**
 * How much of a damaged store was saved.
 *
 * @param saved how many images were read
 * @param lost how many images are known by name and cannot be read
 * @param complete whether everything that is stored could be read
 */
public record SalvageReport(long saved, long lost, boolean complete) {}
