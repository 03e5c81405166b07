package dev.imaged.server.admission;

import dev.imaged.errors.ImageException;

/** Runs lists that take long. Thread-safe. */
@FunctionalInterface
public interface ListExecutor {
    /**
     * Runs a list, now or later.
     *
     * @throws ImageException.ResourceExhausted when too many wait already
     * @throws ImageException.Unavailable when no thread is left to run it
     */
    void execute(ListTask list);

    /** A list that answers its caller once, whoever ends it first. Thread-safe. */
    interface ListTask extends Runnable {
        /** Answers the caller, unless it was answered, with an error instead. */
        void fail(ImageException error);

        /** Returns what the list looks for, for a message: a part of it if it is long. */
        String filters();
    }
}
