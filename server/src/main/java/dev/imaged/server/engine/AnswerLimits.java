package dev.imaged.server.engine;

/**
 * How much a list may do that is answered on a thread that others wait for.
 *
 * @param candidates how many images it may look at that an index gives
 * @param indexedBytes how large an answer from an index may be
 * @param cachedBytes how large an answer may be that lies in memory
 */
public record AnswerLimits(int candidates, int indexedBytes, int cachedBytes) {}
