package dev.imaged.server.grpc;

import io.grpc.Context;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;

/**
 * Bounds the memory of all calls of a daemon: of requests from their first byte until they are answered, and of answers
 * until their callers took them. gRPC itself has bounds for a message and for a connection, but none for all of them.
 * Thread-safe.
 */
public final class CallMemory extends ServerStreamTracer.Factory implements ServerInterceptor {
    private static final Context.Key<CallAccount> ACCOUNT = Context.key("account");

    /** What a compressed request counts for, as it may take as much time as one of this size: few of them may wait. */
    private static final long COMPRESSED_BYTES = 1024 * 1024;

    private final MemoryBudget requests;
    private final MemoryBudget responses;

    /** Makes two budgets, in bytes. */
    public CallMemory(long requestBytes, long responseBytes) {
        this.requests = new MemoryBudget(requestBytes);
        this.responses = new MemoryBudget(responseBytes);
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        long headerBytes = 0;
        for (byte[] nameOrValue : InternalMetadata.serialize(headers)) {
            headerBytes += nameOrValue.length;
        }
        boolean compressed = CallExecutors.isCompressed(headers);
        return new CallAccount(requests, responses, headerBytes + (compressed ? COMPRESSED_BYTES : 0));
    }

    /** Refuses a call when there is no memory left even for its stream. */
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        if (!current().isAdmitted()) {
            call.close(
                    Status.RESOURCE_EXHAUSTED.withDescription("too many calls wait: try again later"), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return next.startCall(call, headers);
    }

    static Context with(Context context, CallAccount account) {
        return context.withValue(ACCOUNT, account);
    }

    /** Returns the account of the call that is being started; an unbounded one on a server without bounds. */
    static CallAccount current() {
        CallAccount account = ACCOUNT.get();
        return account == null ? new CallAccount(MemoryBudget.UNBOUNDED, MemoryBudget.UNBOUNDED, 0) : account;
    }
}
