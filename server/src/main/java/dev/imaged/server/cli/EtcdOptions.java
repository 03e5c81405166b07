package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.remote.Address;
import dev.imaged.server.etcd.EtcdConfig;
import dev.imaged.server.etcd.EtcdConfig.Reads;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags of a daemon that is one of several over an etcd cluster. */
final class EtcdOptions {
    private static final String DEFAULT_READS = "current";

    @Option(
            names = "--etcd",
            paramLabel = "HOST:PORT",
            split = ",",
            defaultValue = "${env:IMAGED_ETCD:-}",
            description =
                    "Members of an etcd cluster, which then holds the images; all daemons over it are equal, and the data"
                            + " folder is a copy. Default: none. (IMAGED_ETCD)")
    private List<String> members = List.of();

    @Option(
            names = "--etcd-prefix",
            paramLabel = "PREFIX",
            defaultValue = "${env:IMAGED_ETCD_PREFIX:-" + EtcdConfig.DEFAULT_PREFIX + "}",
            description =
                    "The start of all keys in etcd. Default: " + EtcdConfig.DEFAULT_PREFIX + ". (IMAGED_ETCD_PREFIX)")
    private String prefix = EtcdConfig.DEFAULT_PREFIX;

    @Option(
            names = "--etcd-ca",
            paramLabel = "FILE",
            defaultValue = "${env:IMAGED_ETCD_CA:-}",
            description = "Certificates that those of etcd are signed by, PEM. Default: plaintext. (IMAGED_ETCD_CA)")
    private String authorities = "";

    @Option(
            names = "--etcd-cert",
            paramLabel = "FILE",
            defaultValue = "${env:IMAGED_ETCD_CERT:-}",
            description = "Certificate of this daemon for etcd, PEM. Default: none. (IMAGED_ETCD_CERT)")
    private String certificate = "";

    @Option(
            names = "--etcd-key",
            paramLabel = "FILE",
            defaultValue = "${env:IMAGED_ETCD_KEY:-}",
            description = "Private key of that certificate, PEM. (IMAGED_ETCD_KEY)")
    private String key = "";

    @Option(
            names = "--reads",
            paramLabel = "current|local",
            defaultValue = "${env:IMAGED_READS:-" + DEFAULT_READS + "}",
            converter = ReadsConverter.class,
            description =
                    "With --etcd: whether reads ask etcd what is new first, or answer from what the daemon has. Default: "
                            + DEFAULT_READS + ". (IMAGED_READS)")
    private Reads reads = Reads.CURRENT;

    static final class ReadsConverter extends WordConverter<Reads> {
        ReadsConverter() {
            super(List.of(Reads.values()));
        }
    }

    /** Returns what the flags say, null without etcd. */
    @Nullable
    EtcdConfig config() {
        List<String> endpoints = members.stream()
                .map(String::strip)
                .filter(one -> !one.isEmpty())
                .toList();
        if (endpoints.isEmpty()) {
            if (!(authorities + certificate + key).isEmpty()) {
                throw new InvalidArgument("--etcd-ca, --etcd-cert and --etcd-key need --etcd");
            }
            return null;
        }
        endpoints.forEach(EtcdOptions::requireEndpoint);
        if (!prefix.endsWith("/")) {
            throw new InvalidArgument("--etcd-prefix " + Excerpt.quote(prefix) + " must end with a slash");
        } else if (certificate.isEmpty() != key.isEmpty()) {
            throw new InvalidArgument("--etcd-cert and --etcd-key go together");
        }
        return new EtcdConfig(endpoints, prefix, tls(), reads);
    }

    private EtcdConfig.@Nullable Tls tls() {
        return authorities.isEmpty() && certificate.isEmpty()
                ? null
                : new EtcdConfig.Tls(path(authorities), path(certificate), path(key));
    }

    private static @Nullable Path path(String file) {
        return file.isEmpty() ? null : Path.of(file);
    }

    private static void requireEndpoint(String text) {
        Address address;
        try {
            address = Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidArgument("--etcd: " + e.getMessage(), e);
        }
        if (!(address instanceof Address.Tcp)) {
            throw new InvalidArgument("--etcd: address " + Excerpt.of(text) + " must be HOST:PORT");
        }
    }
}
