package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.internal.tls.Identity;
import dev.imaged.internal.tls.PemFile;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections to the members of a cluster, of which one is used until it fails. Thread-safe. */
final class EtcdMembers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EtcdMembers.class);

    /** How often a silent connection is probed; a member ends one that probes more often than every 5 s. */
    private static final long PROBE_SECONDS = 10;

    private static final long PROBE_TIMEOUT_SECONDS = 3;

    /** A response of a watch is about as large as a member takes requests; those have to hold an image of 16 MiB at most. */
    private static final int MAX_MESSAGE_BYTES = 128 * 1024 * 1024;

    private final List<Member> members;
    private final AtomicInteger current = new AtomicInteger();
    private volatile boolean closed;

    /**
     * A member.
     *
     * @param index its place in the configuration
     * @param channel sends calls through the connection, with what they need to be let in
     */
    record Member(int index, ManagedChannel connection, Channel channel) {}

    /**
     * Connects to no member yet.
     *
     * @throws FailedPrecondition when a file of the configuration cannot be used
     */
    EtcdMembers(EtcdConfig config) {
        ChannelCredentials credentials = credentials(config);
        if (config.user() != null && config.tls() == null) {
            log.warn("the password of etcd user {} is sent without encryption: give --etcd-ca", config.user());
        }
        AtomicInteger index = new AtomicInteger();
        List<ClientInterceptor> interceptors = new ArrayList<>();
        if (config.user() != null) {
            interceptors.add(new EtcdLogin(config.user()));
        }
        interceptors.add(new ContextFree()); // the last one sees a call first, so it covers the login
        members = config.endpoints().stream()
                .map(endpoint -> {
                    ManagedChannel connection = connect(endpoint, credentials);
                    return new Member(
                            index.getAndIncrement(),
                            connection,
                            ClientInterceptors.intercept(connection, interceptors));
                })
                .toList();
    }

    private static ChannelCredentials credentials(EtcdConfig config) {
        EtcdConfig.Tls tls = config.tls();
        if (tls == null) {
            return InsecureChannelCredentials.create();
        }
        TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
        Path authorities = tls.authorities();
        Path certificate = tls.certificate();
        Path key = tls.key();
        try {
            if (authorities != null) {
                PemFile file = PemFile.read(authorities);
                file.certificates();
                builder.trustManager(file.stream());
            }
            if (certificate != null && key != null) {
                PemFile chain = PemFile.read(certificate);
                PemFile privateKey = PemFile.read(key);
                Identity.read(chain, privateKey);
                builder.keyManager(chain.stream(), privateKey.stream());
            }
        } catch (IOException e) {
            throw new FailedPrecondition("the certificates for etcd cannot be used: " + e.getMessage(), e);
        }
        return builder.build();
    }

    private static ManagedChannel connect(String endpoint, ChannelCredentials credentials) {
        return Grpc.newChannelBuilder(target(endpoint), credentials)
                .directExecutor()
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .keepAliveTime(PROBE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(PROBE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .build();
    }

    /** Returns the form of HOST:PORT for gRPC; the brackets of an IPv6 address must be quoted. */
    static String target(String endpoint) {
        try {
            return new URI("dns", "", "/" + endpoint, null, null).toString();
        } catch (URISyntaxException e) { // the command line has checked that it is HOST:PORT
            throw new IllegalArgumentException(e);
        }
    }

    int count() {
        return members.size();
    }

    /** Returns the member to call. */
    Member current() {
        return members.get(current.get());
    }

    /** Turns from a member that failed to the next, unless somebody did so already. */
    void leave(Member failed) {
        current.compareAndSet(failed.index(), (failed.index() + 1) % members.size());
        failed.connection().resetConnectBackoff();
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
        members.forEach(member -> member.connection().shutdownNow());
    }
}
