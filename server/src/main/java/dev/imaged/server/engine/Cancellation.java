package dev.imaged.server.engine;

/**
 * Says whether an answer is still wanted. Whoever works on an answer for long asks again and again, and lets the exception
 * through: it is what the call ends with. Used by the thread that works on the answer.
 */
@FunctionalInterface
public interface Cancellation {
    /** An answer that is wanted however long it takes. */
    Cancellation NONE = () -> {};

    /**
     * Returns as long as the answer is wanted.
     *
     * @throws dev.imaged.errors.ImageException.Cancelled when the caller has disconnected
     * @throws dev.imaged.errors.ImageException.ResourceExhausted when the time for the answer is over
     */
    void check();
}
