package dev.imaged.server.engine;

/**
 * Says whether an answer is still wanted. Work that takes long asks again and again, and lets the exception through: the
 * call ends with it. For the thread that works on the answer.
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

    /** Whether others wait for their turn: work that can go on later returns what it has, as soon as it has got further. */
    default boolean isTurnOver() {
        return false;
    }
}
