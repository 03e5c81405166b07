package dev.imaged.remote;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
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
    private static final long LOOK_UP_MILLIS = 1000;

    private static final Pattern IPV4 = Pattern.compile("[0-9.]+");

    private final List<Address> addresses;
    private final NameService names;

    /** The last addresses of each name. */
    private final Map<Address, List<Endpoint>> known = new ConcurrentHashMap<>();

    /** An order of the addresses of a name that is this client's own, so that clients spread over the daemons. */
    private final long order = new Random().nextLong();

    /** Looks up the addresses of a host. It may block. */
    interface NameService {
        InetAddress[] lookUp(String host) throws UnknownHostException;
    }

    /**
     * One daemon.
     *
     * @param address where it is
     * @param name HOST:PORT that the address was looked up for; null when it was not looked up
     */
    record Endpoint(Address address, @Nullable String name) {}

    Endpoints(List<Address> addresses) {
        this(addresses, InetAddress::getAllByName);
    }

    Endpoints(List<Address> addresses, NameService names) {
        this.addresses = List.copyOf(addresses);
        this.names = names;
    }

    /** Whether an address is a name that has to be looked up, and may stand for several daemons. */
    private static boolean isName(Address address) {
        return address instanceof Address.Tcp tcp
                && !tcp.host().contains(":")
                && !IPV4.matcher(tcp.host()).matches()
                && !tcp.host().equals("localhost");
    }

    /**
     * Returns all of them in the order of their addresses, without those of names that do not resolve. It never fails. A look-up that takes
     * long is only waited for when nothing else is known.
     */
    CompletableFuture<List<Endpoint>> resolve() {
        List<CompletableFuture<List<Endpoint>>> lookUps =
                addresses.stream().map(this::resolve).toList();
        List<CompletableFuture<List<Endpoint>>> soon = new ArrayList<>();
        for (int i = 0; i < lookUps.size(); i++) {
            List<Endpoint> last = known.getOrDefault(addresses.get(i), List.of());
            soon.add(lookUps.get(i).copy().completeOnTimeout(last, LOOK_UP_MILLIS, TimeUnit.MILLISECONDS));
        }
        return all(soon)
                .thenCompose(found -> found.isEmpty() ? all(lookUps) : CompletableFuture.completedFuture(found));
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
                ? CompletableFuture.supplyAsync(() -> lookUp(name), Endpoints::startThread)
                : CompletableFuture.completedFuture(List.of(new Endpoint(address, null)));
    }

    /** A look-up may block for long, so it has a thread of its own. */
    private static void startThread(Runnable lookUp) {
        Thread thread = new Thread(lookUp, "imaged-resolver");
        thread.setDaemon(true);
        thread.start();
    }

    private List<Endpoint> lookUp(Address.Tcp name) {
        try {
            List<Endpoint> found = new ArrayList<>();
            for (InetAddress address : names.lookUp(name.host())) {
                found.add(new Endpoint(new Address.Tcp(address.getHostAddress(), name.port()), name.toString()));
            }
            Collections.shuffle(found, new Random(order));
            known.put(name, found);
            return found;
        } catch (UnknownHostException e) {
            return known.getOrDefault(name, List.of());
        }
    }

    @Override
    public String toString() {
        return String.join(", ", addresses.stream().map(Address::toString).toList());
    }
}
