package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.HintTrailer;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.CatalogGrpc.CatalogBlockingStub;
import dev.imaged.proto.v1.CatalogGrpc.CatalogBlockingV2Stub;
import dev.imaged.proto.v1.DescribeRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The catalogue of the daemon on the other end, which not every server of the Images API has. Thread-safe. */
final class RemoteCatalog {
    /** An image may have 16 MiB, a change holds two, and the rest of a message takes little. */
    static final int MAX_MESSAGE_BYTES = 3 * RemoteImageStores.MAX_MESSAGE_BYTES;

    private final Channel channel;
    private final Duration deadline;
    private final Consumer<List<String>> hintListener;

    /** Whether the other end has a catalogue, once it has said so. */
    private volatile @Nullable Boolean served;

    /** @param hintListener gets the hints of an answer before the call returns */
    RemoteCatalog(Channel channel, Duration deadline, Consumer<List<String>> hintListener) {
        this.channel = channel;
        this.deadline = deadline;
        this.hintListener = hintListener;
    }

    /**
     * Whether the other end has a catalogue. It is asked once.
     *
     * @throws ImageException when it does not answer
     */
    boolean isServed() {
        Boolean known = served;
        if (known == null) {
            known = ask();
            served = known;
        }
        return known;
    }

    private boolean ask() {
        try {
            call(() -> stub().describe(DescribeRequest.getDefaultInstance()));
            return true;
        } catch (ImageException.Unimplemented e) {
            return false;
        }
    }

    /** Returns how long an answer may take. */
    Duration deadline() {
        return deadline;
    }

    /** Returns a stub for one call that has to end before the deadline. */
    CatalogBlockingStub stub() {
        return CatalogGrpc.newBlockingStub(channel)
                .withInterceptors(new Hints())
                .withMaxInboundMessageSize(MAX_MESSAGE_BYTES)
                .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Returns a stub for streams, which have no deadline: how long they take depends on what reads them. */
    CatalogBlockingV2Stub streams() {
        return CatalogGrpc.newBlockingV2Stub(channel)
                .withInterceptors(new Hints())
                .withMaxInboundMessageSize(MAX_MESSAGE_BYTES);
    }

    /** Returns the result of a call, or throws its error as ours. */
    static <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            throw GrpcErrors.fromCall(e);
        }
    }

    /** Hears the hints of answers. */
    private final class Hints implements ClientInterceptor {
        @Override
        public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
            return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
                @Override
                public void start(Listener<R> listener, Metadata headers) {
                    super.start(
                            new SimpleForwardingClientCallListener<>(listener) {
                                @Override
                                public void onClose(Status status, Metadata trailers) {
                                    super.onClose(hear(status, trailers), trailers);
                                }
                            },
                            headers);
                }
            };
        }

        /** Returns the status of a call whose listener has heard the hints. */
        private Status hear(Status status, Metadata trailers) {
            List<String> hints = HintTrailer.read(trailers);
            if (!status.isOk() || hints.isEmpty()) {
                return status;
            }
            try {
                hintListener.accept(hints);
                return status;
            } catch (RuntimeException e) {
                return Status.INTERNAL
                        .withDescription("the listener for hints failed: " + e)
                        .withCause(e);
            }
        }
    }
}
