package dev.imaged.server.etcd;

import dev.imaged.images.AsOf;
import dev.imaged.images.Position;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ChangeFeed;
import dev.imaged.server.engine.ImageCatalog;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The catalog of the view that there is at each call.
 *
 * @param current throws when there is none
 */
record CurrentCatalog(Supplier<ImageCatalog> current) implements ImageCatalog {
    @Override
    public Reach reach() {
        return current.get().reach();
    }

    @Override
    public Position position(AsOf asOf, @Nullable Position notBefore) {
        return current.get().position(asOf, notBefore);
    }

    @Override
    public List<String> namespaces() {
        return current.get().namespaces();
    }

    @Override
    public Found get(
            String namespace, String name, AsOf asOf, @Nullable Position notBefore, Cancellation cancellation) {
        return current.get().get(namespace, name, asOf, notBefore, cancellation);
    }

    @Override
    public Listing list(ListQuery query) {
        return current.get().list(query);
    }

    @Override
    public Listing list(List<String> namespaces, List<String> filters, long revision) {
        return current.get().list(namespaces, filters, revision);
    }

    @Override
    public Listing resume(ListQuery query, Position at, String after, boolean allowsNewer) {
        return current.get().resume(query, at, after, allowsNewer);
    }

    @Override
    public HistoryPart history(
            String namespace,
            String name,
            @Nullable Position from,
            int maxChanges,
            int maxBytes,
            Cancellation cancellation) {
        return current.get().history(namespace, name, from, maxChanges, maxBytes, cancellation);
    }

    @Override
    public ChangeFeed follow(FeedQuery query, @Nullable Position after, Runnable wake) {
        return current.get().follow(query, after, wake);
    }
}
