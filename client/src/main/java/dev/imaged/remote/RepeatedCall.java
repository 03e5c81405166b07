package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The future of a call that is made until there is an answer, or several attempts have failed: the answer of a write may be lost, and its
 * request id finds it. Cancelling the future cancels the attempt. Thread-safe.
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
        attempt(1);
        return this;
    }

    private void attempt(int number) {
        CompletableFuture<T> attempt = call.get();
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
        pause.thenRunAsync(() -> attempt(number + 1), Timers.THREADS);
    }

    /** A cancellation that comes at the same time sees what is current now, or is seen here. */
    private void replace(CompletableFuture<?> next) {
        current = next;
        if (isCancelled()) {
            next.cancel(true);
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        CompletableFuture<?> last = current;
        if (cancelled && last != null) {
            last.cancel(true);
        }
        return cancelled;
    }
}
