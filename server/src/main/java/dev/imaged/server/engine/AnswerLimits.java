package dev.imaged.server.engine;

/**
 * How much work a list may be that is answered on a thread that others wait for.
 *
 * @param candidates how many images of an index it may look at
 * @param indexedBytes how many bytes an answer from an index may have
 * @param cachedBytes how many bytes an answer from memory may have
 */
public record AnswerLimits(int candidates, int indexedBytes, int cachedBytes) {}
