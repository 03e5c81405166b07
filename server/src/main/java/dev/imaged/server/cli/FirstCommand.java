package dev.imaged.server.cli;

import dev.imaged.internal.text.ShellQuote;
import dev.imaged.remote.Address;
import dev.imaged.server.ServerCertificate;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import org.jspecify.annotations.Nullable;

/** A first command to try: it reaches the daemon from the shell that started it. */
final class FirstCommand {
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    private FirstCommand() {}

    /**
     * Returns the command for a daemon, over a unix socket if it has one.
     *
     * @param addresses the addresses of the daemon, at least one
     * @param certificate the certificate of the TCP addresses, null for plaintext
     */
    static String of(List<Address> addresses, String classPath, @Nullable ServerCertificate certificate) {
        Address address = reachable(preferred(addresses));
        List<String> words = new ArrayList<>(program(classPath));
        words.addAll(List.of("images", "ls", "--address", address.toString()));
        if (certificate != null && address instanceof Address.Tcp tcp) {
            words.addAll(List.of("--tls-ca", certificate.file().toString()));
            List<String> names = names(certificate.own());
            if (!names.isEmpty() && !names.contains(tcp.host())) {
                words.addAll(List.of("--tls-server-name", names.get(0)));
            }
        }
        return words.stream().map(ShellQuote::quote).collect(Collectors.joining(" "));
    }

    private static Address preferred(List<Address> addresses) {
        return addresses.stream()
                .filter(Address.Unix.class::isInstance)
                .findFirst()
                .orElse(addresses.get(0));
    }

    /** Returns an address that a client can connect to instead of "all addresses of this machine". */
    private static Address reachable(Address address) {
        try {
            if (address instanceof Address.Tcp tcp) {
                InetAddress ip = tcp.resolve();
                return ip.isAnyLocalAddress() ? new Address.Tcp(loopback(ip), tcp.port()) : tcp;
            }
        } catch (UnknownHostException e) {
            throw new IllegalStateException(address + " was resolved before", e);
        }
        return address;
    }

    private static String loopback(InetAddress any) {
        return any instanceof Inet6Address ? "::1" : "127.0.0.1";
    }

    private static List<String> program(String classPath) {
        return classPath.endsWith(".jar") && !classPath.contains(":")
                ? List.of("java", "-jar", classPath)
                : List.of("java", "-cp", classPath, Main.class.getName());
    }

    /** Returns the names in a certificate: hosts and addresses, or else its common name. */
    private static List<String> names(X509Certificate certificate) {
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives == null) {
                return commonName(certificate).stream().toList();
            }
            return alternatives.stream()
                    .filter(name -> name.get(0).equals(DNS_NAME) || name.get(0).equals(IP_ADDRESS))
                    .sorted(Comparator.comparing(name -> (Integer) name.get(0))) // names of hosts before addresses
                    .map(name -> name.get(1).toString().replaceFirst("^\\*", "any"))
                    .toList();
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    private static Optional<String> commonName(X509Certificate certificate) {
        try {
            return new LdapName(certificate.getSubjectX500Principal().getName())
                    .getRdns().stream()
                            .filter(part -> part.getType().equalsIgnoreCase("CN"))
                            .map(part -> part.getValue().toString())
                            .findFirst();
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }
}
