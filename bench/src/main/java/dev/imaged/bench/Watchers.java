package dev.imaged.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.Change;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.proto.v1.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Watches that are read as fast as they come, on connections of their own, which one thread serves. Only the messages of the first
 * watch are decoded, so that the watchers cost little next to what is measured.
 */
final class Watchers implements AutoCloseable {
    /** The most calls of a connection, as the daemon has it by default. */
    private static final int MAX_CALLS = 1000;

    private static final MethodDescriptor<byte[], byte[]> WATCH = RawMethods.of(CatalogGrpc.getWatchMethod());
    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final EventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("watchers", true), EpollIoHandler.newFactory());
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final AtomicLong messages = new AtomicLong();
    private final Histogram delays = new ConcurrentHistogram(3);
    private final LongConsumer listener;
    private volatile @Nullable Status failure;
    private volatile boolean closed;

    /**
     * Starts watches, and returns once all have begun.
     *
     * @param listener told of each revision that the first watch has changes of, on the thread of the connections
     */
    Watchers(Path socket, List<WatchRequest> requests, LongConsumer listener) throws InterruptedException {
        this.listener = listener;
        CountDownLatch begun = new CountDownLatch(requests.size());
        for (int i = 0; i < requests.size(); i++) {
            if (i % MAX_CALLS == 0) {
                channels.add(connect(socket));
            }
            start(channels.get(channels.size() - 1), requests.get(i), new Reader(begun, i == 0));
        }
        while (!begun.await(1, TimeUnit.SECONDS)) {
            requireNoFailure();
        }
    }

    private ManagedChannel connect(Path socket) {
        return NettyChannelBuilder.forAddress(
                        new DomainSocketAddress(socket.toFile()), InsecureChannelCredentials.create())
                .channelType(EpollDomainSocketChannel.class)
                .eventLoopGroup(loop)
                .overrideAuthority("localhost")
                .directExecutor()
                .disableRetry()
                .build();
    }

    private static void start(ManagedChannel channel, WatchRequest request, Reader reader) {
        ClientCall<byte[], byte[]> call = channel.newCall(WATCH, CallOptions.DEFAULT);
        call.start(reader, new Metadata());
        call.request(Integer.MAX_VALUE);
        call.sendMessage(request.toByteArray());
        call.halfClose();
    }

    /** How many messages came, besides the first one of each watch. */
    long messages() {
        requireNoFailure();
        return messages.get();
    }

    /**
     * Nanoseconds from the time of a commit, which it takes before it is synced, until the first watch was told of it. Both are by the
     * clock of the machine, in microseconds.
     */
    Histogram delays() {
        requireNoFailure();
        return delays;
    }

    private void requireNoFailure() {
        if (failure != null) {
            throw new IllegalStateException("a watch failed: " + failure);
        }
    }

    @Override
    public void close() {
        closed = true;
        channels.forEach(ManagedChannel::shutdownNow);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private final class Reader extends ClientCall.Listener<byte[]> {
        private final CountDownLatch begun;
        private final boolean isDecoded;
        private boolean hasBegun;

        Reader(CountDownLatch begun, boolean isDecoded) {
            this.begun = begun;
            this.isDecoded = isDecoded;
        }

        @Override
        public void onMessage(byte[] message) {
            if (!hasBegun) {
                hasBegun = true;
                begun.countDown();
                return;
            }
            messages.incrementAndGet();
            if (isDecoded) {
                decode(message);
            }
        }

        private void decode(byte[] message) {
            Instant now = Instant.now();
            try {
                for (Change change : WatchResponse.parseFrom(message).getChangesList()) {
                    Timestamp time = change.getTime();
                    long nanos = (now.getEpochSecond() - time.getSeconds()) * NANOS_PER_SECOND
                            + now.getNano()
                            - time.getNanos();
                    delays.recordValue(Math.max(0, nanos));
                    listener.accept(change.getRevision());
                }
            } catch (InvalidProtocolBufferException e) {
                failure = Status.INTERNAL.withCause(e);
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            failure = closed ? failure : status;
        }
    }
}
