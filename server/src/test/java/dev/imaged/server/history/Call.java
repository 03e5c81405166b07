package dev.imaged.server.history;

import java.util.Optional;

/**
 * A call of a history.
 *
 * @param begin when it was made, before anything of it was sent
 * @param end when its caller knew how it ended
 * @param unknown whether its caller does not know if it took effect: between its begin and its end it did, or never
 * @param effect what it does
 * @param description for a message
 * @param <S> the state of what is called
 */
record Call<S>(long begin, long end, boolean unknown, Effect<S> effect, String description) {
    /** What a call makes of a state. */
    interface Effect<S> {
        /** Returns the state behind the call; nothing when its answer cannot be that of a call in {@code state}. */
        Optional<S> on(S state);
    }

    @Override
    public String toString() {
        return description + (unknown ? ", perhaps" : "");
    }
}
