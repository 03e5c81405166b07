package dev.imaged.server.grpc;

import java.util.function.LongSupplier;

/**
 * The memory that calls share.
 *
 * @param requests for requests, from their first byte until they are answered
 * @param health for requests that ask for the health of the daemon
 * @param responses for answers, until their callers took them
 */
record Budgets(MemoryBudget requests, MemoryBudget health, MemoryBudget responses) {
    /** One part in so many of the memory of requests is for those that ask for health. */
    private static final int HEALTH_PART = 16;

    /** Makes budgets, in bytes. */
    static Budgets of(long requests, long responses, LongSupplier nanos) {
        long health = requests / HEALTH_PART;
        return new Budgets(
                new MemoryBudget(requests - health, nanos),
                new MemoryBudget(health, nanos),
                new MemoryBudget(responses, nanos));
    }
}
