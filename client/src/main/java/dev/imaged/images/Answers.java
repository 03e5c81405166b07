package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Waits for the answers of stores whose calls do not wait. */
final class Answers {
    private Answers() {}

    /** Returns the answer of a call, or throws its error. An interrupt cancels the call. */
    static <T extends @Nullable Object> T await(CompletableFuture<T> call) {
        try {
            return call.get();
        } catch (InterruptedException e) {
            call.cancel(true);
            throw interrupted(e);
        } catch (CancellationException e) {
            throw new ImageException.Cancelled("the call was cancelled", e);
        } catch (ExecutionException e) {
            throw known(e.getCause());
        }
    }

    /** Returns the error of a wait that was interrupted, and leaves the mark for the caller. */
    static ImageException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new ImageException.Cancelled("interrupted while waiting for the image store", cause);
    }

    /** Returns an error of a store as one of ours. */
    static ImageException known(@Nullable Throwable error) {
        return error instanceof ImageException known
                ? known
                : new ImageException.Internal("the image store failed: " + error, error);
    }
}
