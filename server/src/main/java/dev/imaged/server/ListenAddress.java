package dev.imaged.server;

import dev.imaged.errors.Excerpt;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where a daemon listens: {@code unix:///PATH} or {@code /PATH}, or {@code HOST:PORT} with port 0 for any free one. */
public sealed interface ListenAddress {
    /** What the address of a unix socket begins with. */
    String UNIX = "unix:";

    /** A unix socket at a path. */
    record Unix(Path path) implements ListenAddress {
        /** What fits into the kernel's sockaddr_un, with the zero at its end. */
        private static final int MAX_PATH_BYTES = 107;

        /** @throws IllegalArgumentException when the path is longer than a socket's may be */
        public Unix {
            int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
            if (length > MAX_PATH_BYTES) {
                throw new IllegalArgumentException("socket path " + Excerpt.of(path.toString()) + " has " + length
                        + " bytes, more than the maximum of " + MAX_PATH_BYTES);
            }
        }

        @Override
        public String toString() {
            return "unix://" + path;
        }
    }

    /** A TCP port of a host. */
    record Tcp(InetSocketAddress address) implements ListenAddress {
        boolean isLoopback() {
            return address.getAddress().isLoopbackAddress();
        }

        @Override
        public String toString() {
            String host = address.getAddress().getHostAddress();
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
        }
    }

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException when it is none, naming it and the rule
     */
    static ListenAddress parse(String text) {
        if (text.startsWith("/")) {
            return new Unix(Path.of(text));
        } else if (text.startsWith(UNIX)) {
            return unix(text, text.substring(UNIX.length()));
        }
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (host.isEmpty() || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException(
                    address(text) + " is neither unix:///PATH nor HOST:PORT, for example 127.0.0.1:7780");
        }
        int port = Integer.parseInt(text.substring(colon + 1));
        if (port > 0xFFFF) {
            throw new IllegalArgumentException(address(text) + " has a port greater than 65535");
        }
        try {
            return new Tcp(new InetSocketAddress(InetAddress.getByName(host), port));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(address(text) + " names an unknown host", e);
        }
    }

    private static Unix unix(String text, String name) {
        String path = name.replaceFirst("^//", "");
        if (path.startsWith("@")) {
            throw new IllegalArgumentException(address(text)
                    + " names an abstract socket, which everyone on the machine may use: write unix:///PATH");
        } else if (path.isEmpty() || (name.startsWith("//") && !path.startsWith("/"))) {
            throw new IllegalArgumentException(address(text) + " has no path that begins with /: write unix:///PATH");
        }
        return new Unix(Path.of(path).toAbsolutePath());
    }

    /** Returns what a message calls an address. */
    private static String address(String text) {
        return "address " + Excerpt.of(text);
    }
}
