package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.DescribeRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The catalogue of the daemon on the other end, which not every server of the Images API has. Thread-safe. */
final class RemoteCatalog {
    /** An image may have 16 MiB, a change holds two, and the rest of a message takes little. */
    static final int MAX_MESSAGE_BYTES = 3 * RemoteImageStores.MAX_MESSAGE_BYTES;

    /** How long after its deadline a call may end. */
    private static final Duration GRACE = Duration.ofSeconds(1);

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
     * Whether the other end has a catalogue. It is asked once, and this call waits for the answer.
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

    /** Waits no longer than the call may take: on the thread that brings the answer, not even the end of the call would be heard. */
    private boolean ask() {
        CompletableFuture<Boolean> answer =
                call(CatalogGrpc.getDescribeMethod(), DescribeRequest::getDefaultInstance, described -> true);
        try {
            return answer.get(TimeUnit.NANOSECONDS.convert(deadline.plus(GRACE)), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ImageException.Unimplemented) {
                return false;
            }
            throw UnaryCall.known(e.getCause());
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new ImageException.DeadlineExceeded(
                    "nothing was heard within " + deadline.toMillis()
                            + " ms of what the daemon serves; this is not to be asked in a callback of a future",
                    e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new ImageException.Cancelled("interrupted while waiting for the image store", e);
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
     * Starts a call. A request that cannot be sent, such as text that is not Unicode, fails the future like any other error. With one daemon,
     * the answer is decoded on a thread of the channel and not of its transport, because it may be large.
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
