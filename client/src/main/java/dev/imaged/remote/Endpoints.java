package dev.imaged.remote;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The daemons that a list of addresses stands for: a name of several addresses stands for several. Thread-safe. */
final class Endpoints {
    /** How long a look-up may take before the addresses of the last one are used. */
    private static final long KNOWN_MILLIS = 100;

    /** How long a name that has never been found is waited for while other addresses are known. */
    private static final long UNKNOWN_MILLIS = 1000;

    private static final Pattern IPV4 = Pattern.compile("[0-9.]+");
    private static final Pattern LOCALHOST = Pattern.compile("localhost\\.?", Pattern.CASE_INSENSITIVE);

    private final List<Address> addresses;
    private final NameService names;

    /** The last addresses of each name. */
    private final Map<Address, List<Endpoint>> known = new ConcurrentHashMap<>();

    /** The last look-up of each name. */
    private final Map<Address, CompletableFuture<List<Endpoint>>> lookUps = new HashMap<>();

    /** An order of the addresses of a name that is this client's own, so that clients spread over the daemons. */
    private final long order = new Random().nextLong();

    /** Looks up the addresses of a name. It does not block. */
    interface NameService {
        CompletableFuture<List<Address.Tcp>> lookUp(Address.Tcp name);
    }

    /**
     * One daemon.
     *
     * @param address where it is
     * @param name HOST:PORT that the address was looked up for; null when it was not looked up
     */
    record Endpoint(Address address, @Nullable String name) {
        /** Returns the address for messages: {@code HOST:PORT}, and for one that was looked up {@code NAME:PORT (HOST)}. */
        @Override
        public String toString() {
            return name == null || !(address instanceof Address.Tcp tcp)
                    ? address.toString()
                    : name + " (" + tcp.host() + ")";
        }
    }

    Endpoints(List<Address> addresses) {
        this(addresses, NameLookUp::start);
    }

    Endpoints(List<Address> addresses, NameService names) {
        this.addresses = List.copyOf(addresses);
        this.names = names;
    }

    /** Whether an address is a name that has to be looked up, and may stand for several daemons. */
    static boolean isName(Address address) {
        return address instanceof Address.Tcp tcp
                && !isIpv6(tcp)
                && !IPV4.matcher(tcp.host()).matches()
                && !LOCALHOST.matcher(tcp.host()).matches();
    }

    private static boolean isIpv6(Address.Tcp address) {
        return address.host().contains(":");
    }

    /**
     * Returns all of them in the order of their addresses, without those of names that do not resolve. It never fails. A look-up that takes
     * long is only waited for when nothing else is known; what it finds is used by the next search.
     */
    CompletableFuture<List<Endpoint>> resolve() {
        List<CompletableFuture<List<Endpoint>>> lookUps =
                addresses.stream().map(this::resolve).toList();
        List<CompletableFuture<List<Endpoint>>> soon = new ArrayList<>();
        for (int i = 0; i < lookUps.size(); i++) {
            List<Endpoint> last = last(addresses.get(i));
            long wait = last.isEmpty() ? UNKNOWN_MILLIS : KNOWN_MILLIS;
            soon.add(lookUps.get(i).copy().completeOnTimeout(last, wait, TimeUnit.MILLISECONDS));
        }
        return all(soon)
                .thenCompose(found -> found.isEmpty() ? all(lookUps) : CompletableFuture.completedFuture(found));
    }

    /** Returns the names that have never been found. */
    List<Address> unresolved() {
        return addresses.stream()
                .filter(address -> isName(address) && last(address).isEmpty())
                .toList();
    }

    /**
     * Whether there may be only one daemon: a name that gRPC can connect to, and that has at most one IPv4 and one IPv6 address.
     *
     * @param found all that the addresses stand for
     */
    boolean isOnly(Collection<Endpoint> found) {
        long ipv6 = found.stream()
                .filter(one -> one.address() instanceof Address.Tcp tcp && isIpv6(tcp))
                .count();
        return addresses.size() == 1
                && ChannelTarget.isConnectable(addresses.get(0))
                && ipv6 <= 1
                && found.size() - ipv6 <= 1;
    }

    /** Returns the only address as it was given. */
    Endpoint only() {
        return new Endpoint(addresses.get(0), null);
    }

    private static CompletableFuture<List<Endpoint>> all(List<CompletableFuture<List<Endpoint>>> parts) {
        return CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new))
                .thenApply(all -> {
                    LinkedHashSet<Endpoint> endpoints = new LinkedHashSet<>();
                    parts.forEach(part -> endpoints.addAll(part.join()));
                    return List.copyOf(endpoints);
                });
    }

    private CompletableFuture<List<Endpoint>> resolve(Address address) {
        return address instanceof Address.Tcp name && isName(address)
                ? lookUp(name)
                : CompletableFuture.completedFuture(List.of(new Endpoint(address, null)));
    }

    /** One look-up of a name at a time: each may block a thread for long. */
    private synchronized CompletableFuture<List<Endpoint>> lookUp(Address.Tcp name) {
        CompletableFuture<List<Endpoint>> running = lookUps.get(name);
        if (running == null || running.isDone()) {
            running = names.lookUp(name)
                    .handle((found, error) -> error == null && !found.isEmpty() ? noted(name, found) : last(name));
            lookUps.put(name, running);
        }
        return running;
    }

    private List<Endpoint> noted(Address.Tcp name, List<Address.Tcp> found) {
        List<Endpoint> endpoints = new ArrayList<>();
        found.forEach(address -> endpoints.add(new Endpoint(address, name.toString())));
        Collections.shuffle(endpoints, new Random(order));
        known.put(name, endpoints);
        return endpoints;
    }

    private List<Endpoint> last(Address address) {
        return known.getOrDefault(address, List.of());
    }

    @Override
    public String toString() {
        return String.join(", ", addresses.stream().map(Address::toString).toList());
    }
}
