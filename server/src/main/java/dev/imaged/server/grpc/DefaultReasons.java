package dev.imaged.server.grpc;

import dev.imaged.internal.wire.ErrorDetails;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;

/**
 * Gives each error that says no reason the one of its code: the catalogue promises a reason with every error. A reason that moves clients to
 * another daemon, such as NOT_SERVING, is never given here: only the place that knows the daemon cannot serve gives that.
 */
final class DefaultReasons implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        return next.startCall(
                new SimpleForwardingServerCall<>(call) {
                    @Override
                    public void close(Status status, Metadata trailers) {
                        ErrorDetails.writeDefault(status, reason(status.getCode()), trailers);
                        super.close(status, trailers);
                    }
                },
                headers);
    }

    private static String reason(Status.Code code) {
        return switch (code) {
            case NOT_FOUND -> "NO_SUCH_IMAGE";
            case ALREADY_EXISTS -> "NAME_TAKEN";
            case ABORTED -> "CHANGED";
            case RESOURCE_EXHAUSTED -> "TOO_BUSY";
            case DATA_LOSS -> "DAMAGED";
            default -> code.name();
        };
    }
}
