package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.remote.Address;
import dev.imaged.server.etcd.EtcdConfig;
import dev.imaged.server.etcd.EtcdConfig.Reads;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** The flags of a daemon that is one of several over an etcd cluster. */
final class EtcdOptions {
    private static final String DEFAULT_READS = "current";
    private static final String PASSWORD = "IMAGED_ETCD_PASSWORD";

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
            defaultValue = "${env:IMAGED_ETCD_PREFIX:-}",
            description =
                    "The start of all keys in etcd. Default: " + EtcdConfig.DEFAULT_PREFIX + ". (IMAGED_ETCD_PREFIX)")
    private String prefix = "";

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
            names = "--etcd-user",
            paramLabel = "NAME",
            defaultValue = "${env:IMAGED_ETCD_USER:-}",
            description =
                    "The etcd user of this daemon; the password is in the file of --etcd-password-file, or in the variable "
                            + PASSWORD + ". Default: none. (IMAGED_ETCD_USER)")
    private String user = "";

    @Option(
            names = "--etcd-password-file",
            paramLabel = "FILE",
            defaultValue = "${env:IMAGED_ETCD_PASSWORD_FILE:-}",
            description = "File whose first line is the password of that user. (IMAGED_ETCD_PASSWORD_FILE)")
    private String passwordFile = "";

    @Option(
            names = "--reads",
            paramLabel = "current|local",
            defaultValue = "${env:IMAGED_READS:-}",
            converter = ReadsConverter.class,
            description =
                    "With --etcd: whether reads ask etcd what is new first, or answer from what the daemon has. Default: "
                            + DEFAULT_READS + ". (IMAGED_READS)")
    private @Nullable Reads reads;

    /** Nothing is given by a variable that is not set. */
    static final class ReadsConverter implements ITypeConverter<@Nullable Reads> {
        private final WordConverter<Reads> words = new WordConverter<>(List.of(Reads.values())) {};

        @Override
        public @Nullable Reads convert(String word) throws Exception {
            return word.isEmpty() ? null : words.convert(word);
        }
    }

    /** Returns what the flags say, null without etcd. */
    @Nullable
    EtcdConfig config() {
        return config(System.getenv().getOrDefault(PASSWORD, ""));
    }

    /** @param password that of the variable, empty when it is not set */
    @Nullable
    EtcdConfig config(String password) {
        List<String> endpoints = members.stream()
                .map(String::strip)
                .filter(one -> !one.isEmpty())
                .toList();
        if (endpoints.isEmpty()) {
            requireNothingElse(password);
            return null;
        }
        endpoints.forEach(EtcdOptions::requireEndpoint);
        String start = prefix.isEmpty() ? EtcdConfig.DEFAULT_PREFIX : prefix;
        if (!start.endsWith("/")) {
            throw new InvalidArgument("--etcd-prefix " + Excerpt.quote(prefix) + " must end with a slash");
        } else if (certificate.isEmpty() != key.isEmpty()) {
            throw new InvalidArgument("--etcd-cert and --etcd-key go together");
        }
        return new EtcdConfig(endpoints, start, tls(), user(password), reads == null ? Reads.CURRENT : reads);
    }

    /** Refuses what would have no effect: who gives it wants several daemons. */
    private void requireNothingElse(String password) {
        Map<String, String> given = new LinkedHashMap<>();
        given.put("--etcd-prefix", prefix);
        given.put("--etcd-ca", authorities);
        given.put("--etcd-cert", certificate);
        given.put("--etcd-key", key);
        given.put("--etcd-user", user);
        given.put("--etcd-password-file", passwordFile);
        given.put("variable " + PASSWORD, password);
        given.put("--reads", reads == null ? "" : reads.toString());
        given.forEach((flag, value) -> {
            if (!value.isEmpty()) {
                throw new InvalidArgument(flag + " needs --etcd");
            }
        });
    }

    private EtcdConfig.@Nullable User user(String password) {
        if (user.isEmpty()) {
            if (!passwordFile.isEmpty()) {
                throw new InvalidArgument("--etcd-password-file needs --etcd-user");
            } else if (!password.isEmpty()) {
                throw new InvalidArgument("variable " + PASSWORD + " needs --etcd-user");
            }
            return null;
        } else if (passwordFile.isEmpty() && password.isEmpty()) {
            throw new InvalidArgument("--etcd-user needs --etcd-password-file, or the variable " + PASSWORD);
        }
        return new EtcdConfig.User(user, path(passwordFile), password);
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
