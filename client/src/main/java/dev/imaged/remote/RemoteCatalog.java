package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.DescribeRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
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
            CatalogGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
                    .describe(DescribeRequest.getDefaultInstance());
            return true;
        } catch (StatusRuntimeException e) {
            ImageException error = GrpcErrors.fromCall(e);
            if (error instanceof ImageException.Unimplemented) {
                return false;
            }
            throw error;
        }
    }

    Channel channel() {
        return channel;
    }

    /** Returns how long an answer may take, or a message of a stream. */
    Duration deadline() {
        return deadline;
    }

    /**
     * Starts a call. A request that cannot be sent, such as text that is not Unicode, fails the future like any other error. The answer is
     * decoded on a thread of the channel and not of its transport, because it may be large.
     */
    <Q, R, T> CompletableFuture<T> call(MethodDescriptor<Q, R> method, Supplier<Q> request, Function<R, T> result) {
        CallOptions options = CallOptions.DEFAULT
                .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
                .withMaxInboundMessageSize(MAX_MESSAGE_BYTES);
        try {
            Q message = request.get();
            return new UnaryCall<>(channel.newCall(method, options), result, hintListener)
                    .start(new Metadata(), message);
        } catch (ImageException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Tells the listener the hints of an answer.
     *
     * @throws ImageException.Internal when the listener fails
     */
    void hear(List<String> hints) {
        UnaryCall.hear(hints, hintListener);
    }
}
