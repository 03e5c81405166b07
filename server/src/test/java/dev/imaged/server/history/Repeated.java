package dev.imaged.server.history;

import dev.imaged.errors.ImageException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Repeats calls, because a cluster answers none while it chooses a leader. */
final class Repeated {
    private static final long PATIENCE_SECONDS = 60;
    private static final long PAUSE_MILLIS = 20;

    private Repeated() {}

    /** Makes a call, which may be made several times, until it is answered or fails for another reason than that nobody answers. */
    static <T> T untilAnswered(Supplier<T> call) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try {
                return call.get();
            } catch (ImageException.Unavailable | ImageException.DeadlineExceeded e) {
                if (System.nanoTime() - end > 0) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        }
    }
}
