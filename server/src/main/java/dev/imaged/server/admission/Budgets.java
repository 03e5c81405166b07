package dev.imaged.server.admission;

import java.util.function.LongSupplier;

/**
 * The memory that calls share, and the queues. A place in a queue counts as a small call of {@link #PLACE_BYTES}, so that
 * connections share queues as they share memory.
 *
 * @param requests for requests, from their first byte until they are answered
 * @param health for requests that ask for the health of the daemon
 * @param responses for answers, until their callers have read them
 * @param lists for lists that wait for a thread or run on it
 * @param writes for writes that wait to be stored
 * @param watches for watches and subscriptions, from their start to their end
 */
public record Budgets(
        MemoryBudget requests,
        MemoryBudget health,
        MemoryBudget responses,
        MemoryBudget lists,
        MemoryBudget writes,
        MemoryBudget watches) {
    static final long PLACE_BYTES = 4096;

    /** The memory of requests is divided by this for those that ask for health. */
    private static final int HEALTH_PART = 16;

    /** Makes budgets, in bytes and in places. */
    static Budgets of(long requests, long responses, long lists, long writes, long watches, LongSupplier nanos) {
        long health = requests / HEALTH_PART;
        return new Budgets(
                new MemoryBudget(requests - health, nanos),
                new MemoryBudget(health, nanos),
                new MemoryBudget(responses, nanos),
                new MemoryBudget(lists * PLACE_BYTES, nanos),
                new MemoryBudget(writes * PLACE_BYTES, nanos),
                new MemoryBudget(watches * PLACE_BYTES, nanos));
    }
}
