package dev.imaged.server.admission;

import dev.imaged.errors.ImageException;

/** Runs lists that take long; connections take turns. Thread-safe. */
@FunctionalInterface
public interface ListExecutor {
    /**
     * Runs a list, now or later.
     *
     * @throws ImageException.ResourceExhausted when too many lists wait already
     * @throws ImageException.Unavailable when no thread is left to run it
     */
    void execute(ListTask list);

    /**
     * Runs the next part of an answer that has begun: it is not refused when too many lists wait. Each such answer may wait only once.
     *
     * @throws ImageException.Unavailable when no thread is left to run it
     */
    default void resume(ListTask list) {
        execute(list);
    }

    /** Forgets a list that waits and has ended meanwhile, so that it takes no place of others. */
    default void withdraw(ListTask list) {}

    /** A list that answers its caller exactly once. Thread-safe. */
    interface ListTask extends Runnable {
        /** Answers the caller with an error, unless the caller has an answer. */
        void fail(ImageException error);

        /** Returns the filters of the list for a message, shortened if they are long. */
        String filters();

        /** Returns the owner that takes turns, such as the connection. */
        default Object owner() {
            return this;
        }
    }
}
