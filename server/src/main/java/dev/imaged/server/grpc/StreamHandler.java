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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes calls of one request and a stream of responses.
 *
 * @param <Q> the request
 */
final class StreamHandler<Q> implements ServerCallHandler<RequestOrError<Q>, ByteString> {
    private static final Logger log = LoggerFactory.getLogger(StreamHandler.class);

    private final Method<Q> method;

    /** The work of a call: makes its stream, or throws. */
    interface Method<Q> {
        AnswerStream open(Q request, Metadata headers, ServerCall<?, ByteString> call, CallAccount account);
    }

    /** The answers of a call. It is mostly called on a transport thread, and must not block. */
    interface AnswerStream {
        /** Called when the caller may take more. */
        void ready();

        /** Called when the caller has disconnected, or has cancelled the call. */
        default void cancelled() {}
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

        /** It may be opened on another thread than that of the other events. */
        private volatile @Nullable AnswerStream stream;

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
                AnswerStream opened = method.open(request.message(), headers, call, account);
                stream = opened;
                if (call.isCancelled()) {
                    opened.cancelled();
                } else {
                    opened.ready();
                }
            } catch (ImageException e) {
                call.close(GrpcErrors.toStatus(e), GrpcErrors.trailers(e));
            } catch (RuntimeException | Error e) {
                log.error("a call failed", e);
                call.close(Status.INTERNAL.withDescription("the call failed: " + e), new Metadata());
            }
        }

        @Override
        public void onReady() {
            AnswerStream opened = stream;
            if (opened != null) {
                opened.ready();
            }
        }

        @Override
        public void onCancel() {
            AnswerStream opened = stream;
            if (opened != null) {
                opened.cancelled();
            }
        }
    }
}
