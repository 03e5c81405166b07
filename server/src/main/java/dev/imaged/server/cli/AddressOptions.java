package dev.imaged.server.cli;

import dev.imaged.internal.text.Excerpt;
import dev.imaged.remote.RemoteImageStores;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The options that name the daemon, for a command and its subcommands. */
public class AddressOptions {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = "--address",
            scope = ScopeType.INHERIT,
            paramLabel = "ADDRESS",
            defaultValue = "${env:IMAGED_ADDRESS}",
            description =
                    "unix:///PATH, /PATH or HOST:PORT, or several of equal daemons, separated by commas: one that serves is"
                            + " used; $IMAGED_ADDRESS, or the socket in the default data folder.")
    private @Nullable String address;

    @Option(
            names = "--tls",
            scope = ScopeType.INHERIT,
            description = "Encrypt; the server's certificate has to be one that Java trusts.")
    private boolean tls;

    @Option(
            names = "--tls-ca",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "Encrypt; the server's certificate has to be signed by one of these, or be one of them; PEM.")
    private @Nullable Path tlsCa;

    @Option(
            names = "--tls-server-name",
            scope = ScopeType.INHERIT,
            paramLabel = "NAME",
            description = "The name in the server's certificate, when it is not the host of the address.")
    private @Nullable String tlsServerName;

    @Option(
            names = "--tls-cert",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "Encrypt, and show the server this certificate chain; PEM.")
    private @Nullable Path tlsCert;

    @Option(
            names = "--tls-key",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "The private key of --tls-cert; PEM.")
    private @Nullable Path tlsKey;

    /** Connects to the daemon. */
    final RemoteImageStores connect() {
        return connect("--address", address());
    }

    /** Connects to the daemon that an option names, or to one of several. */
    final RemoteImageStores connect(String option, String address) {
        CommandLine commandLine = Objects.requireNonNull(command).commandLine();
        RemoteImageStores.Builder builder = RemoteImageStores.builder(addresses(address))
                .deadline(timeout())
                .onHints(hints -> ExceptionHandler.printHints(commandLine, hints));
        if (tlsCa != null) {
            builder.tls(tlsCa);
        } else if (tls) {
            builder.tls();
        }
        if (tlsCert != null && tlsKey != null) {
            builder.clientCertificate(tlsCert, tlsKey);
        } else if (tlsCert != null || tlsKey != null) {
            throw wrong("--tls-cert and --tls-key go together", null);
        }
        if (tlsServerName != null) {
            builder.authority(tlsServerName);
        }
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw wrong(option + ": " + e.getMessage(), e);
        }
    }

    private static List<String> addresses(String text) {
        return Stream.of(text.split(",", -1)).map(String::strip).toList();
    }

    /** Whether there are several addresses. */
    final boolean isSeveral() {
        return addresses(address()).size() > 1;
    }

    /**
     * Refuses several addresses, for a command that is about one daemon and not about the images of all.
     *
     * @throws ParameterException when there are several
     */
    final void requireOne() {
        if (isSeveral()) {
            throw wrong(
                    "--address: " + Excerpt.of(address())
                            + " names several daemons, and this command is about one: name that one",
                    null);
        }
    }

    private ParameterException wrong(String problem, @Nullable Exception cause) {
        return new ParameterException(Objects.requireNonNull(command).commandLine(), problem, cause);
    }

    /** How long a call may take that has a timeout. */
    Duration timeout() {
        return RemoteImageStores.DEFAULT_DEADLINE;
    }

    final String address() {
        return address == null || address.isEmpty()
                ? "unix://" + DefaultPaths.defaultPath().resolve("imaged.sock")
                : address;
    }
}
