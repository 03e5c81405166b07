package dev.imaged.server.admission;

import io.grpc.Attributes;
import io.grpc.ServerTransportFilter;
import io.grpc.netty.shaded.io.grpc.netty.InternalGracefulServerCloseCommand;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.PeerCredentials;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections of one listener: gives each its share of the budgets, and ends it when its peer resets too many calls. */
final class Connections extends ServerTransportFilter {
    private static final Logger log = LoggerFactory.getLogger(Connections.class);

    private final Budgets budgets;
    private final String address;
    private final boolean local;
    private final int maxResets;
    private final LongSupplier nanos;
    private final LogPace warnings;

    Connections(Budgets budgets, String address, boolean local, int maxResets, LongSupplier nanos) {
        this.budgets = budgets;
        this.address = address;
        this.local = local;
        this.maxResets = maxResets;
        this.nanos = nanos;
        this.warnings = new LogPace(nanos);
    }

    /** Called by the thread of a channel once its peer has finished its greeting, before the first call. */
    @Override
    public Attributes transportReady(Attributes attributes) {
        Channel channel = Greeting.finish();
        Connection connection = new Connection(
                budgets, local, channel.eventLoop(), new Resets(maxResets, nanos, () -> endGracefully(channel)));
        DeclaredLengths.watch(channel, connection);
        return attributes.toBuilder().set(Connection.KEY, connection).build();
    }

    @Override
    public void transportTerminated(Attributes attributes) {
        Connection connection = attributes == null ? null : attributes.get(Connection.KEY);
        if (connection != null) {
            connection.close();
        }
    }

    /** Tells the peer to open no more calls on the connection. Calls in flight go on. */
    private void endGracefully(Channel channel) {
        if (warnings.isDue()) {
            log.warn(
                    "connection of {} on {} ends once its calls in flight have: its peer cancelled more than {} calls within {} s",
                    peer(channel),
                    address,
                    maxResets,
                    Resets.WINDOW.toSeconds());
        }
        channel.writeAndFlush(InternalGracefulServerCloseCommand.create("too_many_rststreams"));
    }

    private static String peer(Channel channel) {
        if (channel instanceof EpollDomainSocketChannel unix) {
            try {
                PeerCredentials credentials = unix.peerCredentials();
                return "process " + credentials.pid() + " of user " + credentials.uid();
            } catch (IOException e) {
                return "a process that has ended";
            }
        }
        return String.valueOf(channel.remoteAddress());
    }
}
