package dev.imaged.server.admission;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelException;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Event loops with a limit of connections for each listening socket, so that a flood on one port does not affect the other ports and
 * the unix sockets. When all places are taken, a new connection replaces the oldest one whose peer has not finished its greeting. If
 * there is none, the new connection is refused. Thread-safe.
 */
public final class LimitedEventLoops extends MultiThreadIoEventLoopGroup {
    private static final Logger log = LoggerFactory.getLogger(LimitedEventLoops.class);

    /** The number of the state of a socket that its peer has reset, in {@code struct tcp_info} of the kernel. */
    private static final int TCP_CLOSE = 7;

    private final int max;
    private final Function<SocketAddress, String> names;
    private final Map<Channel, Places> places = new ConcurrentHashMap<>();
    private final LogPace warnings = new LogPace(System::nanoTime);

    /** @param names the names for the log of sockets that are bound to other addresses */
    public LimitedEventLoops(
            int max,
            int loops,
            ThreadFactory threads,
            IoHandlerFactory handlers,
            Function<SocketAddress, String> names) {
        super(loops, threads, handlers);
        this.max = max;
        this.names = names;
    }

    /** Called for a listening socket, and then for each connection that it accepted. */
    @Override
    public ChannelFuture register(Channel channel) {
        Channel listening = channel.parent();
        if (listening == null) {
            return super.register(channel);
        }
        if (isReset(channel)) {
            return refused(channel, "the peer has gone");
        }
        Places ofListener = places.computeIfAbsent(listening, key -> new Places(max));
        if (!ofListener.take(channel)) {
            warn(listening);
            return refused(channel, "too many connections");
        }
        channel.closeFuture().addListener(closed -> ofListener.leave(channel));
        channel.pipeline().addFirst(new Greeting(() -> ofListener.greeted(channel)));
        return super.register(channel);
    }

    /** Whether the peer has already reset the connection, which is then refused before gRPC sees it. Only epoll can ask this, and only
     * for TCP. */
    private static boolean isReset(Channel channel) {
        try {
            return channel instanceof EpollSocketChannel tcp && tcp.tcpInfo().state() == TCP_CLOSE;
        } catch (ChannelException e) {
            return false; // when the kernel does not say, the peer is served
        }
    }

    private static ChannelFuture refused(Channel channel, String why) {
        channel.unsafe().closeForcibly();
        return channel.parent().newFailedFuture(new IllegalStateException(why));
    }

    private void warn(Channel listening) {
        if (warnings.isDue()) {
            log.warn("connections on {} are refused: there are {} already", names.apply(listening.localAddress()), max);
        }
    }

    /** The places of one listener. Thread-safe. */
    private static final class Places {
        private final int max;
        private final Set<Channel> open = new HashSet<>();

        /** The connections whose peers have not finished their greeting, oldest first. */
        private final Set<Channel> greeting = new LinkedHashSet<>();

        Places(int max) {
            this.max = max;
        }

        synchronized boolean take(Channel channel) {
            if (open.size() >= max && !removeOldestGreeting()) {
                return false;
            }
            greeting.add(channel);
            return open.add(channel);
        }

        private boolean removeOldestGreeting() {
            Iterator<Channel> all = greeting.iterator();
            if (!all.hasNext()) {
                return false;
            }
            Channel oldest = all.next();
            all.remove();
            open.remove(oldest);
            oldest.eventLoop().execute(() -> oldest.unsafe().close(oldest.voidPromise()));
            return true;
        }

        synchronized void greeted(Channel channel) {
            greeting.remove(channel);
        }

        synchronized void leave(Channel channel) {
            greeting.remove(channel);
            open.remove(channel);
        }
    }
}
