package dev.imaged.server.grpc;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.GrpcErrors;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs calls that may take long on an executor of their own. A call ends with what its task throws. Thread-safe.
 *
 * @param executor rejects a task when too many wait
 */
record BackgroundCalls(Executor executor) {
    private static final Logger log = LoggerFactory.getLogger(BackgroundCalls.class);

    /** The work of a call, from its start to its answer. */
    interface Task {
        void run() throws IOException;
    }

    void run(StreamObserver<?> call, Task task) {
        try {
            executor.execute(() -> {
                try {
                    task.run();
                } catch (IOException | RuntimeException e) {
                    fail(call, e);
                }
            });
        } catch (RejectedExecutionException e) {
            fail(
                    call,
                    ImageException.ResourceExhausted.tooBusy("too much maintenance waits already: try again later", e));
        }
    }

    /** Gives a call its only response. */
    static <T> void answer(StreamObserver<T> call, T response) {
        call.onNext(response);
        call.onCompleted();
    }

    private static void fail(StreamObserver<?> call, Exception error) {
        if (((ServerCallStreamObserver<?>) call).isCancelled()) {
            return;
        }
        if (error instanceof ImageException known) {
            call.onError(GrpcErrors.toStatus(known).asRuntimeException());
        } else {
            log.error("maintenance failed", error);
            call.onError(
                    Status.INTERNAL.withDescription("the call failed: " + error).asRuntimeException());
        }
    }
}
