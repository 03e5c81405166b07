package dev.imaged.server.store.write;

/**
 * How much may wait to be written; what comes on top is refused with ResourceExhausted.
 *
 * @param maxPending how many writes
 * @param maxPendingBytes how many bytes of them; a single write is always taken
 */
public record WriteLimits(int maxPending, long maxPendingBytes) {
    /** For one writer that waits for its writes itself. */
    public static final WriteLimits ONE_WRITER = new WriteLimits(10_000, Long.MAX_VALUE);
}
