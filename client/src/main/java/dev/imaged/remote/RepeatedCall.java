package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes a call again, up to three times, while the error is retryable. The answer of a write may be lost; its request id finds it. When
 * the future ends otherwise, such as by a cancellation, the attempt is cancelled and no other is made. Thread-safe.
 */
final class RepeatedCall<T> extends CompletableFuture<T> {
    private static final int MAX_ATTEMPTS = 3;
    private static final long FIRST_PAUSE_MILLIS = 100;

    private final Supplier<CompletableFuture<T>> call;

    /** The attempt, or the pause before it. */
    private volatile @Nullable CompletableFuture<?> current;

    RepeatedCall(Supplier<CompletableFuture<T>> call) {
        this.call = call;
    }

    RepeatedCall<T> start() {
        whenComplete((answer, error) -> {
            CompletableFuture<?> last = current;
            if (last != null) {
                last.cancel(true);
            }
        });
        attempt(1);
        return this;
    }

    private void attempt(int number) {
        if (isDone()) {
            return;
        }
        CompletableFuture<T> attempt;
        try {
            attempt = call.get();
        } catch (Throwable e) { // whatever it is, somebody waits for the future
            fail(e);
            return;
        }
        replace(attempt);
        attempt.whenComplete((answer, error) -> {
            if (error == null) {
                complete(answer);
            } else if (number < MAX_ATTEMPTS && error instanceof ImageException known && known.isRetryable()) {
                pause(number);
            } else {
                completeExceptionally(error);
            }
        });
    }

    /** Waits before the next attempt, each time twice as long. */
    private void pause(int number) {
        long longest = FIRST_PAUSE_MILLIS << number;
        long millis = ThreadLocalRandom.current().nextLong(longest / 2, longest);
        CompletableFuture<Void> pause = Timers.pause(TimeUnit.MILLISECONDS.toNanos(millis));
        replace(pause);
        pause.thenRunAsync(() -> attempt(number + 1), Timers.THREADS).whenComplete((done, error) -> {
            if (error != null) { // such as that no thread can be started
                fail(error);
            }
        });
    }

    private void fail(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        completeExceptionally(
                cause instanceof ImageException
                        ? cause
                        : new ImageException.Internal("the call failed: " + cause, cause));
    }

    /** An end of the future that comes at the same time sees what is current now, or is seen here. */
    private void replace(CompletableFuture<?> next) {
        current = next;
        if (isDone()) {
            next.cancel(true);
        }
    }
}
