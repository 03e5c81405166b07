package dev.imaged.bench;

import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls on one connection, which one thread serves. Answers are not decoded, so that the generator costs less than what
 * it measures.
 */
final class LoadGenerator implements AutoCloseable {
    private static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

    private final String namespace;
    private final EventLoopGroup loop;
    private final ManagedChannel channel;

    /**
     * Connects when the first call starts.
     *
     * @param namespace the containerd namespace of the calls
     */
    LoadGenerator(Path socket, String namespace) {
        this.namespace = namespace;
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
     * @param calls how many were answered
     * @param nanos from the start to the last answer
     * @param latencies nanoseconds from when a call was due to its end, of the calls that are watched; empty when they
     *     were not measured
     */
    record Run(long calls, long nanos, Histogram latencies) {}

    /**
     * Keeps a number of calls in flight until a time is over or the calls are.
     *
     * @param calls each call by its number, null when there are no more
     */
    Run run(int inFlight, long nanos, LongFunction<@Nullable Call> calls) throws InterruptedException {
        return new ClosedLoop(channel, namespace, inFlight, nanos, calls).run();
    }

    /**
     * Starts calls at a rate, whatever the answers do.
     *
     * @param nanos for how long calls start; the run ends with the last answer
     * @param calls each call by its number, null when there are no more
     */
    Run runAtRate(int callsPerSecond, long nanos, LongFunction<@Nullable Call> calls) throws InterruptedException {
        return new OpenLoop(channel, namespace, callsPerSecond, nanos, calls).run(loop);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
