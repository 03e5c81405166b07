package dev.imaged.bench;

import dev.imaged.wire.NamespaceHeader;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a number of calls in flight on one connection: each answer starts the next call. Requests are made before and
 * answers not decoded, so that the generator costs less than what it measures.
 */
final class LoadGenerator implements AutoCloseable {
    static final String NAMESPACE = "bench";

    private static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

    private final EventLoopGroup loop;
    private final ManagedChannel channel;

    LoadGenerator(Path socket) {
        this.loop =
                new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("load", true), EpollIoHandler.newFactory());
        this.channel = NettyChannelBuilder.forAddress(
                        new DomainSocketAddress(socket.toFile()), InsecureChannelCredentials.create())
                .channelType(EpollDomainSocketChannel.class)
                .eventLoopGroup(loop)
                .overrideAuthority("localhost")
                .directExecutor()
                .flowControlWindow(MAX_MESSAGE_BYTES) // a whole list is on its way without waiting for the receiver
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .disableRetry()
                .build();
    }

    /**
     * A call to make.
     *
     * @param watched whether its latency counts
     */
    record Call(MethodDescriptor<byte[], byte[]> method, byte[] request, boolean watched) {}

    /**
     * What a run measured.
     *
     * @param latencies nanoseconds from a call's start to its end, of the calls that are watched
     */
    record Run(long calls, long nanos, Histogram latencies) {}

    /**
     * Calls a method until a time is over or the requests are.
     *
     * @param calls each call by its number, null when there are no more
     */
    Run run(int inFlight, long nanos, LongFunction<@Nullable Call> calls) throws InterruptedException {
        Work work = new Work(calls, System.nanoTime() + nanos, inFlight);
        long begin = System.nanoTime();
        for (int i = 0; i < inFlight; i++) {
            work.next();
        }
        work.ended.await();
        if (work.failure != null) {
            throw new IllegalStateException("a call failed: " + work.failure);
        }
        return new Run(work.done.get(), System.nanoTime() - begin, work.latencies);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private final class Work {
        private final LongFunction<@Nullable Call> calls;
        private final long deadline;
        private final AtomicLong started = new AtomicLong();
        private final AtomicLong done = new AtomicLong();
        private final Histogram latencies = new ConcurrentHistogram(3);
        private final CountDownLatch ended;
        private volatile @Nullable Status failure;

        Work(LongFunction<@Nullable Call> calls, long deadline, int inFlight) {
            this.calls = calls;
            this.deadline = deadline;
            this.ended = new CountDownLatch(inFlight);
        }

        void next() {
            Call next = failure == null && System.nanoTime() < deadline ? calls.apply(started.getAndIncrement()) : null;
            if (next == null) {
                ended.countDown();
                return;
            }
            ClientCall<byte[], byte[]> call = channel.newCall(next.method(), CallOptions.DEFAULT);
            call.start(new Answer(next.watched()), NamespaceHeader.write(NAMESPACE));
            call.request(2);
            call.sendMessage(next.request());
            call.halfClose();
        }

        private final class Answer extends ClientCall.Listener<byte[]> {
            private final long begin = System.nanoTime();
            private final boolean watched;

            Answer(boolean watched) {
                this.watched = watched;
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
                if (status.isOk()) {
                    if (watched) {
                        latencies.recordValue(System.nanoTime() - begin);
                    }
                    done.incrementAndGet();
                } else {
                    failure = status;
                }
                next();
            }
        }
    }
}
