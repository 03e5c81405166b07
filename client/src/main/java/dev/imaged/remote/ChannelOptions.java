package dev.imaged.remote;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import org.jspecify.annotations.Nullable;

/**
 * How connections to daemons are made.
 *
 * @param authority the name that the server's certificate has to have; null for the host of the address
 */
record ChannelOptions(
        ChannelCredentials credentials, @Nullable String authority) {
    /** In bytes. An error may quote a long name, and an error that does not fit would lose its code. */
    private static final int MAX_METADATA_BYTES = 1024 * 1024;

    /**
     * Returns a builder of a connection to an address.
     *
     * @param name the name of the daemon when the address is one of several that a name has; null otherwise
     * @throws IllegalArgumentException when the address cannot be connected to
     */
    ManagedChannelBuilder<?> builder(Address address, @Nullable String name) {
        ManagedChannelBuilder<?> builder = Grpc.newChannelBuilder(ChannelTarget.of(address), credentials)
                .maxInboundMessageSize(RemoteImageStores.MAX_MESSAGE_BYTES)
                .maxInboundMetadataSize(MAX_METADATA_BYTES)
                .disableRetry();
        boolean unix = address instanceof Address.Unix;
        if (unix && builder instanceof NettyChannelBuilder netty) {
            // gRPC sets this option, which a unix socket does not have; the transport would warn at each connect.
            netty.withOption(ChannelOption.SO_KEEPALIVE, null);
        }
        if (authority != null) {
            builder.overrideAuthority(authority);
        } else if (unix) {
            // A socket's path is not a valid authority; Go's servers reject it.
            builder.overrideAuthority("localhost");
        } else if (name != null) {
            builder.overrideAuthority(name);
        }
        return builder;
    }
}
