package dev.imaged.server;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.remote.Address;
import dev.imaged.server.admission.LimitedEventLoops;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.netty.shaded.io.netty.util.ResourceLeakDetector;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The event loops that all sockets share, and the transport of each kind of address: epoll on Linux, NIO elsewhere. */
final class Transports implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Transports.class);

    /** Half of the processors: calls that are answered on the event loop need no more, and the committer needs the other half. */
    private static final int THREADS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    /**
     * How many bytes are read of a connection before it is the turn of the others. A peer that sends nothing but resets keeps the
     * thread busy for milliseconds with this many.
     */
    private static final int MAX_READ_BYTES = 16 * 1024;

    private static final int MIN_READ_BYTES = 256;

    /** After this long without a byte, the daemon asks a peer whether it is still there. The peer has as long to answer. */
    private static final int KEEPALIVE_SECONDS = 60;

    private static final int KEEPALIVE_TIMEOUT_SECONDS = 20;

    /**
     * How many calls a caller may cancel within {@value #RESET_WINDOW_SECONDS} s, or twice as many as it may have in flight if
     * that is more. After that its connection ends gracefully.
     */
    private static final int MIN_RESETS = 200;

    /** How many times more a caller on a unix socket may cancel: its owner let it in, and it often speaks for many callers. */
    private static final int LOCAL_RESETS = 10;

    /** After this many times more, a connection ends at once with all calls on it: its peer was told long before. */
    private static final int HARD_RESETS = 10;

    private static final int RESET_WINDOW_SECONDS = 10;

    private final ServerConfig config;
    private final @Nullable ServerCertificate certificate;
    private final boolean epoll = Epoll.isAvailable();
    private final EventLoopGroup loops;

    /** The names of sockets that are bound in a private folder, by the address that they are bound to. */
    private final Map<SocketAddress, String> names = new ConcurrentHashMap<>();

    /** The files of servers that are built and not started yet. */
    private final Map<Address, UnixSocketFile> socketFiles = new HashMap<>();

    /** @param certificate the certificate of the TCP addresses, null for plaintext */
    Transports(ServerConfig config, @Nullable ServerCertificate certificate) {
        this.config = config;
        this.certificate = certificate;
        // The detector follows one buffer in many, with a stack trace each. All buffers are gRPC's.
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        ThreadFactory threads = new DefaultThreadFactory("transport", true);
        this.loops = new LimitedEventLoops(
                config.listen().maxConnections(),
                THREADS,
                threads,
                epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory(),
                bound -> names.getOrDefault(bound, bound.toString()));
    }

    /**
     * Returns a builder of a server that will listen at an address.
     *
     * @throws FailedPrecondition when a socket's path is taken
     */
    NettyServerBuilder builder(Address address) throws IOException {
        NettyServerBuilder builder;
        if (address instanceof Address.Unix unix) {
            UnixSocketFile file = UnixSocketFile.prepare(unix.file());
            socketFiles.put(address, file);
            names.put(socketAddress(file), address.toString());
            builder = NettyServerBuilder.forAddress(socketAddress(file), InsecureServerCredentials.create())
                    .channelType(epoll ? EpollServerDomainSocketChannel.class : NioServerDomainSocketChannel.class)
                    // gRPC sets an option that a unix socket does not have, and the transport warns of it at each
                    // connection.
                    .withChildOption(ChannelOption.SO_KEEPALIVE, null);
        } else {
            Class<? extends ServerChannel> type = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
            Address.Tcp tcp = (Address.Tcp) address;
            builder = NettyServerBuilder.forAddress(new InetSocketAddress(tcp.resolve(), tcp.port()), credentials())
                    .channelType(type);
        }
        return builder.bossEventLoopGroup(loops)
                .workerEventLoopGroup(loops)
                .withChildOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(MIN_READ_BYTES, MIN_READ_BYTES, MAX_READ_BYTES)
                                .maxMessagesPerRead(1))
                .maxConcurrentCallsPerConnection(config.listen().maxStreams())
                .maxRstFramesPerWindow(HARD_RESETS * maxResets(address), RESET_WINDOW_SECONDS)
                .handshakeTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveTime(10, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true);
    }

    /** Returns how many calls the peer of a connection may cancel within 10 s before the connection ends gracefully. */
    int maxResets(Address address) {
        long remote = Math.max(MIN_RESETS, 2L * config.listen().maxStreams());
        long resets = address instanceof Address.Unix ? LOCAL_RESETS * remote : remote;
        return (int) Math.min(resets, Integer.MAX_VALUE / HARD_RESETS);
    }

    /**
     * Starts a server and returns where it listens.
     *
     * @throws FailedPrecondition when a socket's path was taken since its server was built
     */
    Address start(Server server, Address address) throws IOException {
        server.start();
        UnixSocketFile file = socketFiles.remove(address);
        if (file == null) {
            InetSocketAddress bound =
                    (InetSocketAddress) server.getListenSockets().get(0);
            return new Address.Tcp(((Address.Tcp) address).host(), bound.getPort());
        }
        try (file) {
            file.publish();
        }
        return address;
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
        for (UnixSocketFile file : socketFiles.values()) {
            try {
                file.close();
            } catch (IOException e) {
                log.warn("cannot delete {}", file.bindPath().getParent(), e);
            }
        }
    }

    private SocketAddress socketAddress(UnixSocketFile file) {
        return epoll ? new DomainSocketAddress(file.bindPath().toFile()) : UnixDomainSocketAddress.of(file.bindPath());
    }

    private ServerCredentials credentials() {
        return certificate == null
                ? InsecureServerCredentials.create()
                : TlsServerCredentials.newBuilder()
                        .keyManager(certificate.keyManager())
                        .build();
    }
}
