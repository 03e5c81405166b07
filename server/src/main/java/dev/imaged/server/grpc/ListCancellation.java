package dev.imaged.server.grpc;

import dev.imaged.errors.ImageException;
import dev.imaged.server.grpc.UnaryHandler.Responder;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Whether a list need not go on, as nobody waits for it or it has taken too long. For one thread. */
final class ListCancellation implements BooleanSupplier {
    /** A list asks for each image and each part of a filter, which may cost less than to look at the clock. */
    private static final int ASKED_BETWEEN_LOOKS = 16;

    private final Responder responder;
    private final Duration maxTime;
    private final long start = System.nanoTime();
    private int asked;

    ListCancellation(Responder responder, Duration maxTime) {
        this.responder = responder;
        this.maxTime = maxTime;
    }

    /** @throws ImageException.ResourceExhausted when the list has taken too long */
    @Override
    public boolean getAsBoolean() {
        asked++;
        if (asked % ASKED_BETWEEN_LOOKS != 0) {
            return false;
        }
        if (System.nanoTime() - start > maxTime.toNanos()) {
            throw new ImageException.ResourceExhausted(
                    "the list took longer than " + maxTime.toMillis() + " ms: use simpler filters", null);
        }
        return responder.isAbandoned();
    }
}
