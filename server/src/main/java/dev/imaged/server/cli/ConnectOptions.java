package dev.imaged.server.cli;

import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.remote.RemoteImageStores;
import java.time.Duration;
import java.util.function.Function;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The options that name the daemon and the namespace, for a command and its subcommands. */
public class ConnectOptions extends AddressOptions {
    @Option(
            names = {"-n", "--namespace"},
            scope = ScopeType.INHERIT,
            paramLabel = "NAMESPACE",
            defaultValue = "${env:IMAGED_NAMESPACE:-default}",
            converter = NamespaceConverter.class,
            description = "The namespace of the images; $IMAGED_NAMESPACE, or default.")
    private String namespace = "default";

    @Option(
            names = "--timeout",
            scope = ScopeType.INHERIT,
            paramLabel = "DURATION",
            defaultValue = "30s",
            converter = DurationConverter.class,
            description = "How long a call may take, for example 500ms, 30s, 2m, 1d (default: ${DEFAULT-VALUE}).")
    private Duration timeout = RemoteImageStores.DEFAULT_DEADLINE;

    @Override
    final Duration timeout() {
        return timeout;
    }

    /** Opens the stores of the daemon; tests override it. */
    protected ImageStores open() {
        return connect();
    }

    /** Calls an action with the images of the namespace, and closes the connection. */
    final <T> T call(Function<ImageStore, T> action) {
        try (ImageStores stores = open()) {
            return action.apply(stores.namespace(namespace));
        }
    }

    /** Returns the namespace of the images. */
    final String namespace() {
        return namespace;
    }
}
