package dev.imaged.remote;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;

/** What gRPC calls an address: {@code unix:///PATH} or {@code dns:///HOST:PORT} (gRPC, "Name Resolution"). */
final class ChannelTarget {
    private static final String UNIX = "unix:";
    private static final Pattern HOST_AND_PORT = Pattern.compile(".+:[0-9]{1,5}");

    private ChannelTarget() {}

    /**
     * Returns the target of an address as {@link RemoteImageStores} takes it.
     *
     * @throws IllegalArgumentException when it is none, saying what to write
     */
    static String of(String address) {
        if (address.startsWith("/")) {
            return unix(address);
        } else if (address.startsWith(UNIX)) {
            String name = address.substring(UNIX.length());
            String path = name.startsWith("//") ? name.substring(2) : name;
            if (path.startsWith("@")) {
                throw new IllegalArgumentException("abstract sockets are not supported: write unix:///PATH");
            } else if (path.isEmpty() || (name.startsWith("//") && !path.startsWith("/"))) {
                throw new IllegalArgumentException("the path of a socket begins with /: write unix:///PATH");
            }
            return path.startsWith("/") ? unix(path) : address;
        } else if (!HOST_AND_PORT.matcher(address).matches()) {
            throw new IllegalArgumentException("it has no port: write unix:///PATH or HOST:PORT");
        }
        return "dns:///" + address;
    }

    /** A path may hold what a URI has to quote. */
    private static String unix(String path) {
        try {
            return new URI("unix", "", path, null, null).toString();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("a socket has no such path: write unix:///PATH", e);
        }
    }
}
