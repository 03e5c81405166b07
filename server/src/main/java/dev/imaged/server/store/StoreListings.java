package dev.imaged.server.store;

import dev.imaged.filters.Filters;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ImageCatalog.Listing;
import dev.imaged.server.engine.ImageCatalog.Part;
import java.util.List;
import java.util.Set;

/** The lists of some namespaces, one after the other, all of one revision. The changes since then are read once. For one thread at a time. */
final class StoreListings implements Listing {
    private final StoreReader reader;
    private final List<String> namespaces;
    private final Filters filters;
    private final StoreListing.Past past;
    private StoreListing current;
    private int started = 1;

    /** @param namespaces in byte order, at least one */
    StoreListings(
            StoreReader reader,
            RecentPasts recent,
            List<String> namespaces,
            Filters filters,
            StoreListing.Start start) {
        this.reader = reader;
        this.namespaces = namespaces;
        this.filters = filters;
        this.past = new StoreListing.Past(recent, Set.copyOf(namespaces), start);
        this.current = open(namespaces.get(0));
    }

    private StoreListing open(String namespace) {
        return new StoreListing(reader, namespace, filters, past, null);
    }

    @Override
    public List<String> hints() {
        return filters.hints();
    }

    /** Looks on while nothing is found: there may be many namespaces without images. */
    @Override
    public Part next(int maxImages, int maxBytes, Cancellation cancellation) {
        Part part = current.next(maxImages, maxBytes, cancellation);
        while (part.last() == null && started < namespaces.size()) {
            current = open(namespaces.get(started++));
            if (!part.images().isEmpty() || cancellation.isTurnOver()) {
                return new Part(part.images(), "", part.position()); // the next namespace starts with its first name
            }
            part = current.next(maxImages, maxBytes, cancellation);
        }
        return part;
    }
}
