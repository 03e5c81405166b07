package dev.imaged.server.cli;

import dev.imaged.errors.ImageException;
import dev.imaged.images.AsOf;
import dev.imaged.images.History;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.ListOptions;
import dev.imaged.images.Transactions;
import dev.imaged.images.VersionedImage;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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

    /**
     * Calls an action with what changes several images of the namespace at once, and closes the connection.
     *
     * @throws ImageException.Unimplemented when the daemon cannot do that
     */
    final <T> T callTransactions(Function<Transactions, T> action) {
        try (ImageStores stores = open()) {
            return action.apply(stores.transactions(namespace)
                    .orElseThrow(() -> new ImageException.Unimplemented(
                            "the daemon cannot change several images at once: it is not imaged, or an older one",
                            null)));
        }
    }

    /** An action on images that are read while they arrive. */
    interface Reading<I, T> {
        T apply(I images) throws IOException;
    }

    /**
     * Calls an action with a list of the namespace, and closes the connection.
     *
     * @param asOf the moment of the list; null for now
     */
    final <T> T callList(List<String> filters, @Nullable AsOf asOf, Reading<Iterator<Image>, T> action)
            throws IOException {
        try (ImageStores stores = open();
                Stream<Image> images = asOf == null
                        ? DaemonImages.stream(stores.namespace(namespace), filters)
                        : past(stores.pages(namespace)).stream(
                                        ListOptions.DEFAULT.withFilters(filters).asOf(asOf))
                                .stream()
                                .map(VersionedImage::image)) {
            return action.apply(images.iterator());
        }
    }

    /** Calls an action with the past of the images of the namespace, and closes the connection. */
    final <T> T callHistory(Reading<History, T> action) throws IOException {
        try (ImageStores stores = open()) {
            return action.apply(past(stores.history(namespace)));
        }
    }

    private <T> T past(Optional<T> past) {
        return past.orElseThrow(() -> new ImageException.Unimplemented(
                address() + " does not keep what its images were, as an imaged does", null));
    }

    /** Returns the namespace of the images. */
    final String namespace() {
        return namespace;
    }
}
