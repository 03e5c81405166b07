package dev.imaged.remote;

import java.net.URI;
import java.net.URISyntaxException;

/** The form of an address for gRPC: {@code unix:///PATH} or {@code dns:///HOST:PORT} (gRPC, "Name Resolution"). */
final class ChannelTarget {
    private ChannelTarget() {}

    /** @throws IllegalArgumentException when the address cannot be connected to */
    static String of(Address address) {
        if (address instanceof Address.Tcp tcp) {
            if (tcp.port() == 0) {
                throw new IllegalArgumentException(
                        "address " + tcp + " has port 0, on which nothing listens: write the daemon's port");
            }
            return uri("dns", "/" + tcp);
        }
        return uri("unix", ((Address.Unix) address).path());
    }

    /** Whether gRPC's resolver takes a name: it refuses one that is not a host of a URI, such as one with an underscore. */
    static boolean isConnectable(Address address) {
        try {
            return !(address instanceof Address.Tcp) || new URI("//" + address).getHost() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** A path may hold characters that a URI has to quote; the brackets of an IPv6 address must be quoted, too. */
    private static String uri(String scheme, String path) {
        try {
            return new URI(scheme, "", path, null, null).toString();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    "address " + scheme + "://" + path + " is not a URI: " + e.getReason(), e);
        }
    }
}
