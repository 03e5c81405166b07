package dev.imaged.remote;

import dev.imaged.internal.text.Excerpt;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of a daemon: a unix socket, written {@code unix:///PATH} or {@code /PATH}, or a TCP port, written {@code
 * HOST:PORT}, {@code [IPV6]:PORT}, or either behind {@code dns:///}. Immutable and thread-safe.
 */
public sealed interface Address {
    /**
     * A unix socket.
     *
     * @param path the absolute path; text, because the locale of a JVM may not allow it as a {@link Path}
     */
    record Unix(String path) implements Address {
        private static final String SCHEME = "unix:";

        /** The room in the kernel's sockaddr_un, without the zero at its end. */
        private static final int MAX_PATH_BYTES = 107;

        /** @throws IllegalArgumentException when the path is too long for a socket, or holds a zero */
        public Unix {
            int length = path.getBytes(StandardCharsets.UTF_8).length;
            if (length > MAX_PATH_BYTES) {
                throw new IllegalArgumentException("socket path " + Excerpt.of(path) + " has " + length
                        + " bytes, more than the maximum of " + MAX_PATH_BYTES);
            } else if (path.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("socket path " + Excerpt.quote(path) + " holds a NUL");
            }
        }

        private static Unix parse(String text) {
            String name = text.substring(SCHEME.length());
            String path = name.startsWith("//") ? name.substring(2) : name;
            if (path.startsWith("@")) {
                throw new IllegalArgumentException(subject(text)
                        + " names an abstract socket, which everyone on the machine may use: write unix:///PATH");
            } else if (path.isEmpty() || (name.startsWith("//") && !path.startsWith("/"))) {
                throw new IllegalArgumentException(
                        subject(text) + " has no path that begins with /: write unix:///PATH");
            }
            return new Unix(path.startsWith("/") ? path : Path.of("").toAbsolutePath() + "/" + path);
        }

        /** Returns the path in the file system. */
        public Path file() {
            return Path.of(path);
        }

        @Override
        public String toString() {
            return SCHEME + "//" + path;
        }
    }

    /**
     * A TCP port.
     *
     * @param host a name, or an address without brackets
     * @param port 0 to 65535; 0 lets a daemon take any free port
     */
    record Tcp(String host, int port) implements Address {
        private static final Pattern HOST_AND_PORT =
                Pattern.compile("(?:\\[(?<ipv6>[0-9A-Fa-f:.]+)]|(?<name>[^\\s\\[\\]/:@]+)):(?<port>[0-9]{1,9})");
        private static final int MAX_PORT = 0xFFFF;

        /** How gRPC writes a name, or an address, that its resolver looks up. */
        private static final String SCHEME = "dns:///";

        private static Tcp parse(String text) {
            Matcher parts = HOST_AND_PORT.matcher(text.startsWith(SCHEME) ? text.substring(SCHEME.length()) : text);
            if (!parts.matches()) {
                throw new IllegalArgumentException(subject(text) + " " + problem(text)
                        + ": write unix:///PATH or HOST:PORT, for example 127.0.0.1:7780");
            }
            int port = Integer.parseInt(parts.group("port"));
            if (port > MAX_PORT) {
                throw new IllegalArgumentException(subject(text) + " has a port greater than " + MAX_PORT);
            }
            return new Tcp(parts.group("ipv6") == null ? parts.group("name") : parts.group("ipv6"), port);
        }

        private static String problem(String text) {
            int colon = text.indexOf(':');
            if (text.contains("://")) {
                return text.startsWith(SCHEME) ? "has no HOST:PORT behind dns:///" : "has a scheme other than unix";
            } else if (text.contains("/")) {
                return "is a path that does not begin with /";
            } else if (colon >= 0 && colon < text.lastIndexOf(':') && !text.startsWith("[")) {
                return "has colons in its host, which need brackets ([::1]:7780)";
            } else if (colon < 0 || text.endsWith("]")) {
                return "has no port";
            }
            return "is neither a path nor a host with a port";
        }

        /** Returns the address of the host; looks up its name unless the host is an address itself. */
        public InetAddress resolve() throws UnknownHostException {
            return InetAddress.getByName(host);
        }

        @Override
        public String toString() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /**
     * Reads an address. Names are not looked up.
     *
     * @throws IllegalArgumentException when the text is not an address; the message names the text and says what to
     *     write
     */
    static Address parse(String text) {
        if (text.startsWith("/")) {
            return new Unix(text);
        }
        return text.startsWith(Unix.SCHEME) ? Unix.parse(text) : Tcp.parse(text);
    }

    private static String subject(String text) {
        return "address " + Excerpt.of(text);
    }
}
