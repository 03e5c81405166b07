package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.HintTrailer;
import dev.imaged.server.admission.CallAccount;
import dev.imaged.server.admission.CallMemoryLimiter;
import dev.imaged.server.engine.ResponseTooLargeException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes calls of one request and one response. The method must not block: it mostly runs on the
 * thread that decoded the request. It may answer from any other thread. The call ends with what the method throws.
 *
 * @param <Q> the request
 */
final class UnaryHandler<Q> implements ServerCallHandler<RequestOrError<Q>, ByteString> {
    private static final Logger log = LoggerFactory.getLogger(UnaryHandler.class);

    private final Method<Q> method;

    /** The work of a call: it answers once, or throws. */
    interface Method<Q> {
        void call(Q request, Metadata headers, Responder responder);
    }

    UnaryHandler(Method<Q> method) {
        this.method = method;
    }

    /** Ends a call, at most once. A caller that has disconnected is not an error. */
    static final class Responder {
        private final ServerCall<?, ByteString> call;
        private final CallAccount account;

        /** Of an answer; those of an error come with its trailers. */
        private final Metadata responseHeaders = new Metadata();

        Responder(ServerCall<?, ByteString> call, CallAccount account) {
            this.call = call;
            this.account = account;
        }

        /** @throws ImageException.ResourceExhausted when the connection has no place in the queue of lists */
        void requireListPlace() {
            if (!account.takeListPlace()) {
                throw ImageException.ResourceExhausted.tooBusy("too many lists wait already: try again later", null);
            }
        }

        /** @throws ImageException.ResourceExhausted when the connection has no place in the queue of writes */
        void requireWritePlace() {
            if (!account.takeWritePlace()) {
                throw ImageException.ResourceExhausted.tooBusy("too many writes wait already: try again later", null);
            }
        }

        /** Sets a header of the answer, or a trailer of the error. */
        void echo(Metadata.Key<String> name, String value) {
            responseHeaders.discardAll(name);
            responseHeaders.put(name, value);
        }

        /** Returns the owner that takes turns, such as the connection. */
        Object owner() {
            return account.owner();
        }

        /** Whether the caller has cancelled the call or disconnected. */
        boolean isCancelled() {
            return call.isCancelled();
        }

        void answer(ByteString response) {
            answer(response, List.of());
        }

        /** @param hints lines that go with the answer, in its trailers */
        void answer(ByteString response, List<String> hints) {
            if (!account.takeResponse(response.size())) {
                fail(ImageException.ResourceExhausted.tooBusy(
                        "the response of " + response.size()
                                + " bytes was dropped: the memory for unread responses is used up. If this was a write, it"
                                + " has been stored. Try again later",
                        null));
                return;
            }
            try {
                if (!call.isCancelled()) {
                    call.sendHeaders(responseHeaders);
                    call.sendMessage(response);
                    call.close(Status.OK, HintTrailer.write(hints));
                }
            } finally {
                account.done();
            }
        }

        void fail(Throwable error) {
            account.done();
            if (error instanceof ImageException known) {
                close(known);
            } else if (error instanceof ResponseTooLargeException large) {
                close(unsendable(large));
            } else {
                log.error("a call failed", error);
                close(Status.INTERNAL.withDescription("the call failed: " + error), new Metadata());
            }
        }

        /** Words the error as grpc-go does, and so containerd. */
        private static ImageException unsendable(ResponseTooLargeException response) {
            return ImageException.ResourceExhausted.tooLarge(
                            "grpc: trying to send message larger than max (" + response.bytes() + " vs. "
                                    + response.maxBytes() + ")",
                            response)
                    .withHints(List.of("list fewer images with a filter, such as name~=^prefix"));
        }

        private void close(ImageException error) {
            close(GrpcErrors.toStatus(error), GrpcErrors.trailers(error));
        }

        private void close(Status status, Metadata trailers) {
            if (!call.isCancelled()) {
                trailers.merge(responseHeaders);
                call.close(status, trailers);
            }
        }
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
            Responder responder = new Responder(call, account);
            if (request == null) {
                responder.close(Status.INTERNAL.withDescription("the call ended without a request"), new Metadata());
            } else {
                account.working();
                call(request, responder);
            }
        }

        private void call(RequestOrError<Q> decoded, Responder responder) {
            try {
                method.call(decoded.message(), headers, responder);
            } catch (RuntimeException | Error e) {
                responder.fail(e);
            }
        }
    }
}
