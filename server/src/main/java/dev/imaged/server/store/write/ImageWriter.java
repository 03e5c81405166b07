package dev.imaged.server.store.write;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Takes mutations and makes them durable. Thread-safe. */
public interface ImageWriter {
    /** A change of the store. It may run more than once, and must throw before it writes or not at all. */
    interface Mutation<T> {
        @Nullable
        T apply(WriteTransaction transaction);

        /**
         * Returns a result with the revision that the commit got, if it was {@link Commit#PENDING} when the mutation ran.
         *
         * @param result what {@link #apply} returned
         */
        default T at(long revision, T result) {
            return result;
        }
    }

    /**
     * Queues a mutation.
     *
     * @param bytes about how much memory it holds while it waits
     * @return its result, once it is durable; ResourceExhausted at once when too much waits, or there is no room
     */
    <T> CompletableFuture<T> submit(long bytes, Mutation<T> mutation);

    /** Queues a mutation that makes room, as {@link #submit} does, but takes it even when the disk is full. */
    <T> CompletableFuture<T> submitRemoval(long bytes, Mutation<T> mutation);
}
