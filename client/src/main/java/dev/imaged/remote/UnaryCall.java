package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.HintTrailer;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The future of a call with one request and one response. Cancelling it cancels the call.
 *
 * @param <Q> the request
 * @param <R> the response
 * @param <T> the result that the caller makes of the response
 */
final class UnaryCall<Q, R, T extends @Nullable Object> extends CompletableFuture<T> {
    private final ClientCall<Q, R> call;
    private final Function<R, T> result;
    private final Consumer<List<String>> hintListener;

    /** @param hintListener gets the hints of an answer before the future completes */
    UnaryCall(ClientCall<Q, R> call, Function<R, T> result, Consumer<List<String>> hintListener) {
        this.call = call;
        this.result = result;
        this.hintListener = hintListener;
    }

    UnaryCall<Q, R, T> start(Metadata headers, Q request) {
        call.start(new Listener(), headers);
        call.request(2); // a second message is an error of the server, which has to be noticed
        call.sendMessage(request);
        call.halfClose();
        return this;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        if (cancelled) {
            call.cancel("the caller cancelled the call", null);
        }
        return cancelled;
    }

    private final class Listener extends ClientCall.Listener<R> {
        private @Nullable R response;
        private boolean isAnsweredTwice;

        @Override
        public void onMessage(R message) {
            isAnsweredTwice = response != null;
            response = message;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            try {
                if (!status.isOk()) {
                    throw GrpcErrors.fromCall(status, trailers);
                }
                hear(HintTrailer.read(trailers), hintListener);
                if (response == null) {
                    throw new ImageException.Internal("the server ended the call without an answer", null);
                } else if (isAnsweredTwice) {
                    throw new ImageException.Internal("the server sent more than one answer", null);
                }
                complete(result.apply(response));
            } catch (Throwable e) { // whatever it is, somebody waits for the future
                completeExceptionally(known(e));
            }
        }
    }

    /** Returns what a call failed with as one of our errors. */
    static ImageException known(@Nullable Throwable error) {
        return error instanceof ImageException known
                ? known
                : new ImageException.Internal("the answer cannot be read: " + error, error);
    }

    /**
     * Tells a listener the hints of an answer, if it has any.
     *
     * @throws ImageException.Internal when the listener fails
     */
    static void hear(List<String> hints, Consumer<List<String>> listener) {
        if (hints.isEmpty()) {
            return;
        }
        try {
            listener.accept(hints);
        } catch (Throwable e) {
            throw new ImageException.Internal("the listener for hints failed: " + e, e);
        }
    }
}
