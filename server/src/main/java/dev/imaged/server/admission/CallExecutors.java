package dev.imaged.server.admission;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import java.util.concurrent.Executor;

/**
 * Runs calls on the transport's thread, except for those whose requests take long to decode, so that no other call waits for them.
 * Thread-safe.
 */
public final class CallExecutors implements ServerCallExecutorSupplier {
    private static final Metadata.Key<String> ENCODING =
            Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER);

    private final Executor large;

    /** @param large runs the calls that take long; {@link CallMemoryLimiter} bounds the memory of those that wait */
    public CallExecutors(Executor large) {
        this.large = large;
    }

    @Override
    public <Q, R> Executor getExecutor(ServerCall<Q, R> call, Metadata headers) {
        CallAccount account = CallMemoryLimiter.current();
        boolean compressed = isCompressed(headers);
        return task -> {
            if (compressed || account.hasLargeRequest()) {
                account.queued();
                large.execute(() -> run(task, account));
            } else {
                task.run();
            }
        };
    }

    /** Whether the messages of a call may be compressed. */
    static boolean isCompressed(Metadata headers) {
        String encoding = headers.get(ENCODING);
        return encoding != null && !encoding.equals("identity");
    }

    private static void run(Runnable task, CallAccount account) {
        try {
            task.run();
        } finally {
            account.dequeued();
        }
    }
}
