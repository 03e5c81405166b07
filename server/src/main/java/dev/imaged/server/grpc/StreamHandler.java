package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.server.admission.CallAccount;
import dev.imaged.server.admission.CallMemoryLimiter;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Takes calls of one request and a stream of responses.
 *
 * @param <Q> the request
 */
final class StreamHandler<Q> implements ServerCallHandler<RequestOrError<Q>, ByteString> {
    private final Method<Q> method;

    /** The work of a call: makes its stream, or throws. */
    interface Method<Q> {
        PulledStream open(Q request, Metadata headers, ServerCall<?, ByteString> call, CallAccount account);
    }

    StreamHandler(Method<Q> method) {
        this.method = method;
    }

    @Override
    public ServerCall.Listener<RequestOrError<Q>> startCall(
            ServerCall<RequestOrError<Q>, ByteString> call, Metadata headers) {
        call.request(2); // so that gRPC sees a second request, and cancels the call
        return new Listener(call, headers, CallMemoryLimiter.current());
    }

    private final class Listener extends ServerCall.Listener<RequestOrError<Q>> {
        private final ServerCall<RequestOrError<Q>, ByteString> call;
        private final Metadata headers;
        private final CallAccount account;
        private @Nullable RequestOrError<Q> request;
        private @Nullable PulledStream stream;

        Listener(ServerCall<RequestOrError<Q>, ByteString> call, Metadata headers, CallAccount account) {
            this.call = call;
            this.headers = headers;
            this.account = account;
        }

        @Override
        public void onMessage(RequestOrError<Q> message) {
            request = message;
        }

        @Override
        public void onHalfClose() {
            if (request == null) {
                call.close(Status.INTERNAL.withDescription("the call ended without a request"), new Metadata());
                return;
            }
            try {
                PulledStream opened = method.open(request.message(), headers, call, account);
                stream = opened;
                opened.ready();
            } catch (ImageException e) {
                call.close(GrpcErrors.toStatus(e), GrpcErrors.trailers(e));
            }
        }

        @Override
        public void onReady() {
            PulledStream opened = stream;
            if (opened != null) {
                opened.ready();
            }
        }
    }
}
