package dev.imaged.server.admission;

import io.grpc.Context;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import java.util.function.LongSupplier;

/**
 * Bounds the memory of all calls of a daemon: of requests from their first byte until they are answered, and of answers until their
 * callers have read them. gRPC itself bounds a message and a connection, but not all of them together. Thread-safe.
 */
public final class CallMemoryLimiter extends ServerStreamTracer.Factory implements ServerInterceptor {
    private static final Context.Key<CallAccount> ACCOUNT = Context.key("account");

    /** A compressed request counts as one of this size, because it may take as much time. So few of them may wait. */
    private static final long COMPRESSED_BYTES = 1024 * 1024;

    private static final LongSupplier CLOCK = System::nanoTime;

    private final Budgets budgets;

    /**
     * Makes the budgets of requests and of answers, in bytes.
     *
     * @param lists how many lists may wait for a thread or run on one
     * @param writes how many writes may wait
     * @param watches how many watches there may be at once
     */
    public CallMemoryLimiter(long requestBytes, long responseBytes, int lists, int writes, int watches) {
        this.budgets = Budgets.of(requestBytes, responseBytes, lists, writes, watches, CLOCK);
    }

    /**
     * Returns the filter that a server needs for its connections to be told apart.
     *
     * @param address where the server listens, for the log
     * @param local whether only processes of this machine connect to it: a part of the memory is for those
     * @param maxResets how many calls the peer of a connection may cancel within 10 s
     */
    public ServerTransportFilter connections(String address, boolean local, int maxResets) {
        return new Connections(budgets, address, local, maxResets, CLOCK);
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        long headerBytes = 0;
        for (byte[] nameOrValue : InternalMetadata.serialize(headers)) {
            headerBytes += nameOrValue.length;
        }
        boolean compressed = CallExecutors.isCompressed(headers);
        return new CallAccount(headerBytes, compressed ? COMPRESSED_BYTES : 0, CLOCK);
    }

    /** Refuses a call when there is no memory left even for its stream. */
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        if (!current().isAdmitted()) {
            call.close(
                    Status.RESOURCE_EXHAUSTED.withDescription(
                            "call refused: too many calls of its connection wait, or of all: try again later"),
                    new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return next.startCall(call, headers);
    }

    static Context with(Context context, CallAccount account) {
        return context.withValue(ACCOUNT, account);
    }

    /** Returns the account of the call that is being started; an unbounded one on a server without bounds. */
    public static CallAccount current() {
        CallAccount account = ACCOUNT.get();
        return account == null ? new CallAccount(0, CLOCK) : account;
    }
}
