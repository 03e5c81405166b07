package dev.imaged.remote;

import io.grpc.ChannelLogger;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolver.ConfigOrError;
import io.grpc.NameResolver.ResolutionResult;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One look-up of a name with the resolver that gRPC has for it, so that it finds what a channel finds. A name that gRPC refuses, such as
 * {@code imaged_1} with its underscore, is looked up by the JVM.
 */
final class NameLookUp extends NameResolver.Listener2 {
    private static final int HTTPS_PORT = 443;

    private final CompletableFuture<List<Address.Tcp>> found = new CompletableFuture<>();

    private NameLookUp() {}

    /** Returns the addresses of a name, in the order of the resolver; fails when there are none. */
    static CompletableFuture<List<Address.Tcp>> start(Address.Tcp name) {
        NameLookUp lookUp = new NameLookUp();
        ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor(NameLookUp::thread);
        SynchronizationContext turns =
                new SynchronizationContext((thread, bug) -> lookUp.found.completeExceptionally(bug));
        turns.execute(() -> {
            NameResolver resolver = resolver(name, args(turns, timers));
            if (resolver == null) {
                timers.execute(() -> lookUp.resolve(name));
                return;
            }
            lookUp.found.whenComplete((addresses, error) -> turns.execute(resolver::shutdown));
            resolver.start(lookUp);
        });
        lookUp.found.whenComplete((addresses, error) -> timers.shutdown());
        return lookUp.found;
    }

    private static @Nullable NameResolver resolver(Address.Tcp name, NameResolver.Args args) {
        try {
            return NameResolverRegistry.getDefaultRegistry()
                    .asFactory()
                    .newNameResolver(URI.create(ChannelTarget.of(name)), args);
        } catch (IllegalArgumentException e) { // gRPC refuses the name
            return null;
        }
    }

    private void resolve(Address.Tcp name) {
        try {
            found.complete(Stream.of(InetAddress.getAllByName(name.host()))
                    .map(address -> new Address.Tcp(address.getHostAddress(), name.port()))
                    .toList());
        } catch (IOException | RuntimeException e) {
            found.completeExceptionally(e);
        }
    }

    /** A look-up may block for long, so it has a thread of its own. */
    private static Thread thread(Runnable lookUp) {
        Thread thread = new Thread(lookUp, "imaged-resolver");
        thread.setDaemon(true);
        return thread;
    }

    private static NameResolver.Args args(SynchronizationContext turns, ScheduledExecutorService timers) {
        return NameResolver.Args.newBuilder()
                .setDefaultPort(HTTPS_PORT) // an address has its own
                .setProxyDetector(address -> null) // the connection to each address asks for its proxy
                .setSynchronizationContext(turns)
                .setScheduledExecutorService(timers)
                .setOffloadExecutor(timers)
                .setServiceConfigParser(new NoServiceConfig())
                .setChannelLogger(new NoLog())
                .build();
    }

    @Override
    public void onResult(ResolutionResult result) {
        StatusOr<List<EquivalentAddressGroup>> groups = result.getAddressesOrError();
        if (!groups.hasValue()) {
            onError(groups.getStatus());
            return;
        }
        found.complete(groups.getValue().stream()
                .flatMap(group -> group.getAddresses().stream())
                .filter(InetSocketAddress.class::isInstance)
                .map(address -> address((InetSocketAddress) address))
                .distinct()
                .toList());
    }

    private static Address.Tcp address(InetSocketAddress from) {
        String host =
                from.isUnresolved() ? from.getHostString() : from.getAddress().getHostAddress();
        return new Address.Tcp(host, from.getPort());
    }

    @Override
    public void onError(Status error) {
        found.completeExceptionally(error.asException());
    }

    /** A service configuration may choose a load balancer, and {@link Failover} is ours. */
    private static final class NoServiceConfig extends NameResolver.ServiceConfigParser {
        @Override
        public ConfigOrError parseServiceConfig(Map<String, ?> raw) {
            return ConfigOrError.fromConfig(Map.of());
        }
    }

    private static final class NoLog extends ChannelLogger {
        @Override
        public void log(ChannelLogLevel level, String message) {}

        @Override
        public void log(ChannelLogLevel level, String format, Object... values) {}
    }
}
