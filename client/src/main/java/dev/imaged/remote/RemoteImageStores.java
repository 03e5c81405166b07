package dev.imaged.remote;

import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.ImageValidator;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The image stores of a daemon on the other end of a gRPC connection: {@code imaged}, or any server of containerd's
 * Images API. Thread-safe; all stores share one connection, which is made when it is first needed and again after it
 * was lost.
 *
 * <p>An address is {@code unix:///PATH} or {@code /PATH}, or {@code HOST:PORT}.
 */
public final class RemoteImageStores implements ImageStores {
    /** How long a call may take when nothing else is said. */
    public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(30);

    /** The largest message that is accepted: what a server sends at most. */
    static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

    /** An error may quote the name that it is about, and its code would be lost with what does not fit. */
    private static final int MAX_METADATA_BYTES = 1024 * 1024;

    private static final long CLOSE_SECONDS = 5;

    private final ManagedChannel channel;
    private final Duration deadline;
    private final Consumer<List<String>> hintListener;

    private RemoteImageStores(ManagedChannel channel, Duration deadline, Consumer<List<String>> hintListener) {
        this.channel = channel;
        this.deadline = deadline;
        this.hintListener = hintListener;
    }

    /** Returns the stores at an address, in plaintext and with the default deadline. */
    public static RemoteImageStores connect(String address) {
        return builder(address).build();
    }

    /** Returns a builder for the stores at an address. */
    public static Builder builder(String address) {
        return new Builder(address);
    }

    /** Returns the stores behind a channel, which {@link #close} shuts down. */
    public static RemoteImageStores over(ManagedChannel channel) {
        return new RemoteImageStores(channel, DEFAULT_DEADLINE, hints -> {});
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

    /**
     * Returns the content of a namespace, where the other end serves that: containerd does.
     *
     * @throws dev.imaged.errors.ImageException.FailedPrecondition when the namespace is empty
     * @throws dev.imaged.errors.ImageException.InvalidArgument when it breaks a rule of {@link ImageValidator}
     */
    public RemoteContent content(String namespace) {
        ImageValidator.requireNamespace(namespace);
        return new RemoteContent(channel, namespace, deadline);
    }

    /** Lets the calls in flight end for at most {@value #CLOSE_SECONDS} seconds, then closes the connection. */
    @Override
    public void close() {
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

    /** What a connection can be told beside the address. Not thread-safe. */
    public static final class Builder {
        private final String address;
        private ChannelCredentials credentials = InsecureChannelCredentials.create();
        private Duration deadline = DEFAULT_DEADLINE;
        private @Nullable String authority;
        private Consumer<List<String>> hintListener = hints -> {};

        private Builder(String address) {
            this.address = address;
        }

        /** Gives up on a call with DeadlineExceeded when it takes longer than this. */
        public Builder deadline(Duration longest) {
            this.deadline = longest;
            return this;
        }

        /** Encrypts the connection; the server's certificate has to be one that the JVM trusts. */
        public Builder tls() {
            this.credentials = TlsChannelCredentials.create();
            return this;
        }

        /**
         * Encrypts the connection; the server's certificate has to be signed by one of these.
         *
         * @param certificates a file of certificates in PEM format
         * @throws IOException when the file cannot be read
         */
        public Builder tls(Path certificates) throws IOException {
            this.credentials = TlsChannelCredentials.newBuilder()
                    .trustManager(certificates.toFile())
                    .build();
            return this;
        }

        /**
         * Tells of the hints that {@code imaged} sends with the answer of a list whose filters cannot match, before the call
         * returns, on a thread of the connection: the listener must not block. Those of an error are its
         * {@link dev.imaged.errors.ImageException#hints}.
         */
        public Builder onHints(Consumer<List<String>> listener) {
            this.hintListener = listener;
            return this;
        }

        /** Expects this name in the server's certificate instead of the address's host. */
        public Builder authority(String name) {
            this.authority = name;
            return this;
        }

        /**
         * Returns the stores; nothing is connected before the first call.
         *
         * @throws IllegalArgumentException when the address is none, saying what to write
         */
        public RemoteImageStores build() {
            String target = ChannelTarget.of(address);
            ManagedChannelBuilder<?> builder = Grpc.newChannelBuilder(target, credentials)
                    .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                    .maxInboundMetadataSize(MAX_METADATA_BYTES)
                    .disableRetry();
            if (authority != null) {
                builder.overrideAuthority(authority);
            } else if (target.startsWith("unix:")) {
                // A socket's path is no valid authority; Go's servers reject it.
                builder.overrideAuthority("localhost");
            }
            return new RemoteImageStores(builder.build(), deadline, hintListener);
        }
    }
}
