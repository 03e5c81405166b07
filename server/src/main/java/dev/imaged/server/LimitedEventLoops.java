package dev.imaged.server;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelException;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Event loops that take no more than so many connections of each socket that listens, and hang up on others: so who floods a
 * port does not lock out who comes by another, or by a unix socket. Thread-safe.
 */
final class LimitedEventLoops extends MultiThreadIoEventLoopGroup {
    private static final Logger log = LoggerFactory.getLogger(LimitedEventLoops.class);

    private static final Duration WARNING_PERIOD = Duration.ofSeconds(10);

    /** For how long gRPC waits for the answer to the ping of a graceful shutdown. */
    private static final Duration PING_TIMEOUT = Duration.ofSeconds(10);

    /** The state of a socket that the peer has reset, as the kernel numbers them in {@code struct tcp_info}. */
    private static final int TCP_CLOSE = 7;

    private final int max;
    private final Map<Channel, AtomicInteger> connections = new ConcurrentHashMap<>();

    private final AtomicLong lastWarning = new AtomicLong(System.nanoTime() - WARNING_PERIOD.toNanos());

    LimitedEventLoops(int max, int loops, ThreadFactory threads, IoHandlerFactory handlers) {
        super(loops, threads, handlers);
        this.max = max;
    }

    /** Called for a socket that listens, and then for each connection that it accepted. */
    @Override
    public ChannelFuture register(Channel channel) {
        Channel listening = channel.parent();
        if (listening == null) {
            return super.register(channel);
        }
        if (isReset(channel)) {
            return refused(channel, "the peer has gone");
        }
        AtomicInteger open = connections.computeIfAbsent(listening, key -> new AtomicInteger());
        if (open.incrementAndGet() > max) {
            open.decrementAndGet();
            warn(listening);
            return refused(channel, "too many connections");
        }
        channel.closeFuture().addListener(closed -> open.decrementAndGet());
        return super.register(channel).addListener(done -> {
            if (done.isSuccess() && !channel.isOpen()) {
                countOn(open, channel);
            }
        });
    }

    /** A peer that is gone before it is served costs no more than this question; only epoll can ask, and only for TCP. */
    private static boolean isReset(Channel channel) {
        try {
            return channel instanceof EpollSocketChannel tcp && tcp.tcpInfo().state() == TCP_CLOSE;
        } catch (ChannelException e) {
            return false; // who cannot be asked about is served
        }
    }

    private static ChannelFuture refused(Channel channel, String why) {
        channel.unsafe().closeForcibly();
        return channel.parent().newFailedFuture(new IllegalStateException(why));
    }

    /** gRPC keeps what belongs to a connection that closed as it was to be greeted: it waits for the answer to a ping. */
    private static void countOn(AtomicInteger open, Channel channel) {
        channel.eventLoop().schedule(open::decrementAndGet, PING_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        open.incrementAndGet();
    }

    /** Once in a while, as peers that are refused may come back at once. */
    private void warn(Channel listening) {
        long now = System.nanoTime();
        long last = lastWarning.get();
        if (now - last >= WARNING_PERIOD.toNanos() && lastWarning.compareAndSet(last, now)) {
            log.warn("connections on {} are refused: there are {} already", listening.localAddress(), max);
        }
    }
}
