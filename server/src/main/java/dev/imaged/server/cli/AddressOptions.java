package dev.imaged.server.cli;

import dev.imaged.errors.Excerpt;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DataFolder;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Which daemon a command is for: options of a command and of its subcommands. */
public class AddressOptions {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = "--address",
            scope = ScopeType.INHERIT,
            paramLabel = "ADDRESS",
            defaultValue = "${env:IMAGED_ADDRESS}",
            description =
                    "unix:///PATH, /PATH or HOST:PORT; $IMAGED_ADDRESS, or the socket in the default data folder.")
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
            description = "Encrypt; the server's certificate has to be signed by one of these, in PEM format.")
    private @Nullable Path tlsCa;

    /** Connects to the daemon: its stores, and its channel for the services beside them. */
    final RemoteImageStores connect() {
        return connect("--address", address());
    }

    /** Connects to the daemon that an option names. */
    final RemoteImageStores connect(String option, String address) {
        RemoteImageStores.Builder builder = RemoteImageStores.builder(address).deadline(timeout());
        try {
            if (tlsCa != null) {
                builder.tls(tlsCa);
            } else if (tls) {
                builder.tls();
            }
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    Objects.requireNonNull(command).commandLine(),
                    option + ": " + Excerpt.of(address) + " is not an address: " + e.getMessage(),
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException("--tls-ca", e);
        }
    }

    /** Returns what to report when the daemon does not answer, saying where it was looked for. */
    final Unavailable noAnswer(Exception error) {
        return noAnswer(address(), error);
    }

    /** Returns what to report when the daemon at an address does not answer. */
    static Unavailable noAnswer(String address, Exception error) {
        return new Unavailable("no answer from " + Excerpt.of(address) + ": " + reason(error), error);
    }

    /** How long a call may take that has a bound. */
    Duration timeout() {
        return RemoteImageStores.DEFAULT_DEADLINE;
    }

    /** The transport calls everything "io exception": its cause says more. */
    private static @Nullable String reason(Exception error) {
        Throwable cause = error.getCause();
        if (cause instanceof FileNotFoundException) {
            return "there is no such socket";
        }
        return cause == null || cause.getMessage() == null ? error.getMessage() : cause.getMessage();
    }

    final String address() {
        return address == null || address.isEmpty()
                ? "unix://" + DataFolder.defaultPath().resolve("imaged.sock")
                : address;
    }
}
