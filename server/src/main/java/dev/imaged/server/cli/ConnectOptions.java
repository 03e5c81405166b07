package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import java.util.function.Function;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Which daemon and namespace a command is for: options of a command and of its subcommands. */
public class ConnectOptions extends AddressOptions {
    @Option(
            names = {"-n", "--namespace"},
            scope = ScopeType.INHERIT,
            paramLabel = "NAMESPACE",
            defaultValue = "${env:IMAGED_NAMESPACE:-default}",
            description = "The namespace of the images; $IMAGED_NAMESPACE, or default.")
    private String namespace = "default";

    /** Opens the stores of the daemon; tests override it. */
    protected ImageStores open() {
        return connect();
    }

    /** Does something with the images of the namespace and closes the connection. */
    final <T> T call(Function<ImageStore, T> action) {
        try (ImageStores stores = open()) {
            return action.apply(stores.namespace(namespace));
        } catch (Unavailable e) {
            throw noAnswer(e);
        }
    }

    /** Which namespace the images are in. */
    final String namespace() {
        return namespace;
    }
}
