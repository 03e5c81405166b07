package dev.imaged.remote;

import dev.imaged.images.AsyncHistory;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.AsyncPages;
import dev.imaged.images.AsyncTransactions;
import dev.imaged.images.Changes;
import dev.imaged.images.ImageStores;
import dev.imaged.images.ImageValidator;
import dev.imaged.internal.tls.Identity;
import dev.imaged.internal.tls.PemFile;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.proto.namespaces.v1.ListNamespacesRequest;
import dev.imaged.proto.namespaces.v1.Namespace;
import dev.imaged.proto.namespaces.v1.NamespacesGrpc;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The image stores of a daemon on the other end of a gRPC connection: {@code imaged}, or any server of containerd's
 * Images API. Thread-safe; all stores share one connection, which is made at the first call and again after it was
 * lost. Several addresses, in a list or of one name, are those of equal daemons; one of them is used at a time: see
 * {@link #builder(List)}.
 *
 * <p>An address is {@code unix:///PATH} or {@code /PATH}, or {@code HOST:PORT}, see {@link Address}. A call that does
 * not reach the daemon ends with {@link dev.imaged.errors.ImageException.Unavailable}, which names the address and the
 * reason. After an outage, the connection is back within a second of the daemon's return, or within {@link
 * Builder#maxBackoff}.
 */
public final class RemoteImageStores implements ImageStores {
    /** How long a call may take by default. */
    public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(30);

    /** The longest wait between two attempts to connect by default. */
    public static final Duration DEFAULT_MAX_BACKOFF = Duration.ofSeconds(1);

    /** The largest message that is accepted, in bytes: a server sends none larger. */
    static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

    /** How long a daemon may be silent by default, while calls wait, when there are others. */
    public static final Duration DEFAULT_MAX_SILENCE = Duration.ofMillis(1500);

    /** How long a name of one daemon is taken to have no other address: as long as the JVM keeps its addresses by default. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

    private static final long CLOSE_SECONDS = 5;

    /** How often a connection to one of several daemons is probed while it is silent; a daemon ends one that probes more often. */
    private static final long PROBE_SECONDS = 10;

    private final Runnable closing;
    private final Channel channel;
    private final Duration deadline;
    private final Consumer<List<String>> hintListener;
    private final RemoteCatalog catalog;
    private final RemoteChanges changes;

    /**
     * @param closing closes the connection
     * @param channel makes the calls over the connection
     */
    private RemoteImageStores(
            Runnable closing, Channel channel, Duration deadline, Consumer<List<String>> hintListener) {
        this.closing = closing;
        this.channel = channel;
        this.deadline = deadline;
        this.hintListener = hintListener;
        this.catalog = new RemoteCatalog(channel, deadline, hintListener);
        this.changes = new RemoteChanges(channel);
    }

    /** Returns the stores at an address, in plaintext and with the default deadline. */
    public static RemoteImageStores connect(String address) {
        return builder(address).build();
    }

    /** Returns the stores of several equal daemons, see {@link #builder(List)}, in plaintext and with the default deadline. */
    public static RemoteImageStores connect(List<String> addresses) {
        return builder(addresses).build();
    }

    /** Returns a builder for the stores at an address. A name of several addresses is a list of them, see {@link #builder(List)}. */
    public static Builder builder(String address) {
        return new Builder(List.of(address));
    }

    /**
     * Returns a builder for the stores of several equal daemons, such as those over one etcd cluster. Each host name stands for all of
     * its addresses, and is looked up with gRPC's resolver when a daemon is searched for. A list of one address is the same as that
     * address alone; a name that has one address, or one IPv4 and one IPv6 address, is called like an address, until it has more. The
     * first daemon that serves is used until it is lost, or says that it does not serve. Then reads are sent again to another one, and
     * so are transactions, which have a request id; another write ends with {@link dev.imaged.errors.ImageException.Unavailable}, unless
     * it never left. Watches go on behind the last event.
     */
    public static Builder builder(List<String> addresses) {
        return new Builder(addresses);
    }

    /** Returns the stores over a channel, which {@link #close} shuts down. */
    public static RemoteImageStores over(ManagedChannel channel) {
        return new RemoteImageStores(() -> shutdown(channel), channel, DEFAULT_DEADLINE, hints -> {});
    }

    /** Returns the connection, for other services of the same daemon. */
    public Channel channel() {
        return channel;
    }

    @Override
    public AsyncImageStore async(String namespace) {
        ImageValidator.requireNamespace(namespace);
        return new RemoteImageStore(channel, namespace, deadline, hintListener);
    }

    @Override
    public Optional<AsyncPages> asyncPages(String namespace) {
        ImageValidator.requireNamespace(namespace);
        return catalog.isServed() ? Optional.of(new RemotePages(catalog, namespace)) : Optional.empty();
    }

    @Override
    public Optional<AsyncHistory> asyncHistory(String namespace) {
        ImageValidator.requireNamespace(namespace);
        return catalog.isServed() ? Optional.of(new RemoteHistory(catalog, namespace)) : Optional.empty();
    }

    /** Asks the other end, once, whether it tells its changes. A watch has no deadline. */
    @Override
    public Optional<Changes> changes() {
        return catalog.isServed() ? Optional.of(changes) : Optional.empty();
    }

    @Override
    public Optional<AsyncTransactions> asyncTransactions(String namespace) {
        ImageValidator.requireNamespace(namespace);
        return catalog.isServed() ? Optional.of(new RemoteTransactions(catalog, namespace)) : Optional.empty();
    }

    /**
     * Returns the content of a namespace, if the other end serves content, as containerd does.
     *
     * @throws dev.imaged.errors.ImageException.FailedPrecondition when the namespace is empty
     * @throws dev.imaged.errors.ImageException.InvalidArgument when it breaks a rule of {@link ImageValidator}
     */
    public RemoteContent content(String namespace) {
        ImageValidator.requireNamespace(namespace);
        return new RemoteContent(channel, namespace, deadline);
    }

    /**
     * Returns the names of all namespaces, in byte order, if the other end lists them: containerd does, and imaged on
     * its unix sockets.
     *
     * @throws dev.imaged.errors.ImageException.Unimplemented when the other end does not list them
     */
    public List<String> namespaces() {
        try {
            return NamespacesGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
                    .list(ListNamespacesRequest.getDefaultInstance())
                    .getNamespacesList()
                    .stream()
                    .map(Namespace::getName)
                    .sorted() // names of namespaces are ASCII
                    .toList();
        } catch (StatusRuntimeException e) {
            throw GrpcErrors.fromStatus(e.getStatus(), e);
        }
    }

    /** Ends all watches, waits at most {@value #CLOSE_SECONDS} seconds for the other calls in flight, then closes the connection. */
    @Override
    public void close() {
        changes.close();
        closing.run();
    }

    private static void shutdown(ManagedChannel channel) {
        channel.shutdown();
        try {
            if (!channel.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                channel.shutdownNow();
            }
        } catch (InterruptedException e) {
            channel.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /** The options of a connection. Not thread-safe. */
    public static final class Builder {
        private final List<String> addresses;
        private Duration deadline = DEFAULT_DEADLINE;
        private Duration maxBackoff = DEFAULT_MAX_BACKOFF;
        private Duration maxSilence = DEFAULT_MAX_SILENCE;
        private TlsChannelCredentials.@Nullable Builder tls;
        private @Nullable String authority;
        private Consumer<List<String>> hintListener = hints -> {};

        private Builder(List<String> addresses) {
            this.addresses = List.copyOf(addresses);
        }

        /** Ends a call with DeadlineExceeded when it takes longer than this. */
        public Builder deadline(Duration longest) {
            this.deadline = longest;
            return this;
        }

        /**
         * Sets the longest wait between two attempts to connect; a second by default. The shortest is half of that.
         * Many clients of one daemon may want a longer wait.
         */
        public Builder maxBackoff(Duration longest) {
            this.maxBackoff = longest;
            return this;
        }

        /**
         * Sets how long a daemon may send nothing while calls wait for it; 1.5 seconds by default. Then it is taken for lost: its calls
         * end, and another daemon is used. It only counts when there are several.
         */
        public Builder maxSilence(Duration longest) {
            this.maxSilence = longest;
            return this;
        }

        /** Encrypts the connection; the JVM has to trust the server's certificate. */
        public Builder tls() {
            requireTls();
            return this;
        }

        /**
         * Encrypts the connection; the server's certificate has to be one of these, or be signed by one of them.
         *
         * @param certificates a file of certificates in PEM format
         * @throws dev.imaged.errors.ImageException.FailedPrecondition when the file cannot be read, or holds no
         *     certificate
         */
        public Builder tls(Path certificates) {
            PemFile file = PemFile.read(certificates);
            file.certificates();
            try {
                requireTls().trustManager(file.stream());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return this;
        }

        /**
         * Sets a listener for the hints that {@code imaged} sends with the answer of a list whose filters cannot match.
         * It is called before the call returns, on a thread of the connection, and must not block. The hints of an
         * error are its {@link dev.imaged.errors.ImageException#hints}.
         */
        public Builder onHints(Consumer<List<String>> listener) {
            this.hintListener = listener;
            return this;
        }

        /**
         * Encrypts the connection and shows the server a certificate.
         *
         * @param chain a file of certificates in PEM format, the client's own first
         * @param key a file with its private key, PKCS#8 in PEM format
         * @throws dev.imaged.errors.ImageException.FailedPrecondition when a file cannot be read or holds something else, or the
         *     two do not belong together
         */
        public Builder clientCertificate(Path chain, Path key) {
            PemFile chainFile = PemFile.read(chain);
            PemFile keyFile = PemFile.read(key);
            Identity.read(chainFile, keyFile);
            try {
                requireTls().keyManager(chainFile.stream(), keyFile.stream());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return this;
        }

        private TlsChannelCredentials.Builder requireTls() {
            TlsChannelCredentials.Builder builder = tls == null ? TlsChannelCredentials.newBuilder() : tls;
            tls = builder;
            return builder;
        }

        /** Expects this name in the server's certificate instead of the address's host. */
        public Builder authority(String name) {
            this.authority = name;
            return this;
        }

        /**
         * Returns the stores; nothing is connected before the first call.
         *
         * @throws IllegalArgumentException when the text is not an address; the message says what to write
         */
        public RemoteImageStores build() {
            List<Address> parsed = addresses.stream().map(Address::parse).toList();
            if (parsed.isEmpty()) {
                throw new IllegalArgumentException("the list of addresses is empty: write unix:///PATH or HOST:PORT");
            }
            ChannelOptions options =
                    new ChannelOptions(tls == null ? InsecureChannelCredentials.create() : tls.build(), authority);
            parsed.forEach(ChannelTarget::of); // which checks them
            return parsed.size() == 1 && !Endpoints.isName(parsed.get(0))
                    ? ofOne(parsed.get(0), options)
                    : ofSeveral(parsed, options);
        }

        private RemoteImageStores ofOne(Address address, ChannelOptions options) {
            ManagedChannel connection = connection(address, options);
            return new RemoteImageStores(
                    () -> shutdown(connection),
                    ClientInterceptors.intercept(connection, new ConnectionErrors(address.toString())),
                    deadline,
                    hintListener);
        }

        /** Returns a connection that finds its daemon again by itself. */
        private ManagedChannel connection(Address address, ChannelOptions options) {
            ManagedChannel connection = options.builder(address, null).build();
            new Reconnection(connection, maxBackoff).start();
            return connection;
        }

        private RemoteImageStores ofSeveral(List<Address> of, ChannelOptions options) {
            Failover failover = new Failover(
                    new Endpoints(of),
                    (endpoint, isOnly) -> isOnly
                            ? connection(endpoint.address(), options)
                            : options.builder(endpoint.address(), endpoint.name())
                                    .keepAliveTime(PROBE_SECONDS, TimeUnit.SECONDS)
                                    .keepAliveTimeout(maxSilence.toMillis(), TimeUnit.MILLISECONDS)
                                    .build(),
                    maxSilence,
                    maxBackoff,
                    LOOK_AGAIN);
            return new RemoteImageStores(failover::close, new FailoverChannel(failover), deadline, hintListener);
        }
    }
}
