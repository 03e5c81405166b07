package dev.imaged.server.admission;

import dev.imaged.errors.ImageException;

/** Runs lists that take long. Thread-safe. */
@FunctionalInterface
public interface ListExecutor {
    /**
     * Runs a list, now or later.
     *
     * @throws ImageException.ResourceExhausted when too many lists wait already
     * @throws ImageException.Unavailable when no thread is left to run it
     */
    void execute(ListTask list);

    /** A list that answers its caller exactly once. Thread-safe. */
    interface ListTask extends Runnable {
        /** Answers the caller with an error, unless the caller has an answer. */
        void fail(ImageException error);

        /** Returns the filters of the list for a message, shortened if they are long. */
        String filters();
    }
}
