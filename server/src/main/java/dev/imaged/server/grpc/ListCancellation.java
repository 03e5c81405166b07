package dev.imaged.server.grpc;

import dev.imaged.errors.ImageException;
import dev.imaged.server.engine.Cancellation;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Ends a list whose caller has disconnected, or that has taken too long. For one thread. */
final class ListCancellation implements Cancellation {
    /** A list asks so often that a look at the clock each time may cost more than the list. */
    private static final int CHECKS_BETWEEN_LOOKS = 16;

    private final BooleanSupplier isCancelled;
    private final Duration maxTime;
    private final long start = System.nanoTime();
    private int checks;

    /** @param isCancelled whether the caller has cancelled the call or disconnected */
    ListCancellation(BooleanSupplier isCancelled, Duration maxTime) {
        this.isCancelled = isCancelled;
        this.maxTime = maxTime;
    }

    @Override
    public void check() {
        if (checks++ % CHECKS_BETWEEN_LOOKS != 0) {
            return;
        }
        if (System.nanoTime() - start > maxTime.toNanos()) {
            throw ImageException.ResourceExhausted.tooLarge(
                    "the call took longer than " + maxTime.toMillis() + " ms: use simpler filters", null);
        }
        if (isCancelled.getAsBoolean()) {
            throw new ImageException.Cancelled("the caller has disconnected", null);
        }
    }
}
