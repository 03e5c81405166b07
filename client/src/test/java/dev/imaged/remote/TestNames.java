package dev.imaged.remote;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolver.ResolutionResult;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Gives names addresses until it is closed, for all that gRPC resolves in this JVM. Names end with {@code .test}. */
final class TestNames extends NameResolverProvider implements AutoCloseable {
    private static final String SUFFIX = ".test";
    private final NameResolverProvider others =
            Objects.requireNonNull(NameResolverRegistry.getDefaultRegistry().getProviderForScheme("dns"));
    private final Map<String, List<InetAddress>> names = new ConcurrentHashMap<>();
    private final AtomicInteger lookUps = new AtomicInteger();

    private TestNames() {}

    static TestNames open() {
        TestNames made = new TestNames();
        NameResolverRegistry.getDefaultRegistry().register(made);
        return made;
    }

    /** Gives a name these addresses instead of those that it had. */
    TestNames with(String name, InetAddress... addresses) {
        names.put(name, List.of(addresses));
        return this;
    }

    /** Returns how often a name was looked up. */
    int lookUps() {
        return lookUps.get();
    }

    @Override
    public void close() {
        NameResolverRegistry.getDefaultRegistry().deregister(this);
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
        String name = target.getPath().substring(1);
        int colon = name.lastIndexOf(':');
        String host = name.substring(0, colon);
        return host.endsWith(SUFFIX)
                ? new Resolver(host, Integer.parseInt(name.substring(colon + 1)))
                : others.newNameResolver(target, args);
    }

    private final class Resolver extends NameResolver {
        private final String host;
        private final int port;
        private @Nullable Listener2 listener;

        Resolver(String host, int port) {
            this.host = host;
            this.port = port;
        }

        @Override
        public String getServiceAuthority() {
            return host + ":" + port;
        }

        @Override
        public void start(Listener2 to) {
            listener = to;
            refresh();
        }

        @Override
        public void refresh() {
            Listener2 to = Objects.requireNonNull(listener);
            lookUps.incrementAndGet();
            List<InetAddress> addresses = names.getOrDefault(host, List.of());
            if (addresses.isEmpty()) {
                to.onError(Status.UNAVAILABLE.withDescription("Unable to resolve host " + host));
                return;
            }
            to.onResult2(ResolutionResult.newBuilder()
                    .setAddressesOrError(StatusOr.fromValue(addresses.stream()
                            .map(address -> new EquivalentAddressGroup(new InetSocketAddress(address, port)))
                            .toList()))
                    .build());
        }

        @Override
        public void shutdown() {}
    }

    @Override
    public String getDefaultScheme() {
        return others.getDefaultScheme();
    }

    @Override
    public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
        return Set.of(InetSocketAddress.class);
    }

    @Override
    protected boolean isAvailable() {
        return true;
    }

    @Override
    protected int priority() {
        return 9; // before that of gRPC
    }
}
