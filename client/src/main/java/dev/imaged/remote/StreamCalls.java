package dev.imaged.remote;

import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Ends calls whose answer is a stream. */
final class StreamCalls {
    /** More than it takes to hear of one's own cancellation. */
    private static final long PATIENCE_SECONDS = 5;

    private StreamCalls() {}

    /**
     * Cancels a call, and drops the messages that have come and that nobody will read. The call handles them only while it is read, and
     * their memory lies outside the heap: without this it would be lost.
     *
     * @param cause why, null when the caller wants no more
     */
    static void cancel(BlockingClientCall<?, ?> call, @Nullable Throwable cause) {
        call.cancel("the caller cancelled the call", cause);
        boolean interrupted = Thread.interrupted();
        try {
            while (call.read(PATIENCE_SECONDS, TimeUnit.SECONDS) != null) {
                // the next
            }
        } catch (StatusException | TimeoutException e) {
            // The call has ended.
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
