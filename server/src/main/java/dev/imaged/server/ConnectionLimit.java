package dev.imaged.server;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Event loops that take no more than so many connections of each socket that listens, and hang up on others: so who floods a
 * port does not lock out who comes by another, or by a unix socket. Thread-safe.
 */
final class ConnectionLimit extends MultiThreadIoEventLoopGroup {
    private static final Logger log = LoggerFactory.getLogger(ConnectionLimit.class);

    private static final Duration WARNING_PERIOD = Duration.ofSeconds(10);

    private final int max;
    private final Map<Channel, AtomicInteger> connections = new ConcurrentHashMap<>();

    private final AtomicLong lastWarning = new AtomicLong(System.nanoTime() - WARNING_PERIOD.toNanos());

    ConnectionLimit(int max, int loops, ThreadFactory threads, IoHandlerFactory handlers) {
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
        AtomicInteger open = connections.computeIfAbsent(listening, key -> new AtomicInteger());
        if (open.incrementAndGet() > max) {
            open.decrementAndGet();
            warn(listening);
            channel.unsafe().closeForcibly();
            return listening.newFailedFuture(new IllegalStateException("too many connections"));
        }
        channel.closeFuture().addListener(closed -> open.decrementAndGet());
        return super.register(channel);
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
