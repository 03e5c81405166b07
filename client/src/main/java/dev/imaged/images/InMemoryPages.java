package dev.imaged.images;

import dev.imaged.filters.Filters;
import dev.imaged.internal.text.PageToken;
import dev.imaged.internal.text.Utf8Order;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;

/** The lists of a namespace of {@link InMemoryImageStores}. For callers that hold its lock. */
record InMemoryPages(InMemoryState state, String namespace) implements Pages {
    @Override
    public Page page(PageOptions options) {
        ListOptions list = options.list();
        int size = PageRules.size(options.size(), PageRules.DEFAULT_SIZE);
        int asked = hash(list);
        InMemoryPast past = new InMemoryPast(state);
        List<VersionedImage> rest;
        Position position;
        if (options.token().isEmpty()) {
            position = past.position(list);
            rest = matching(list, position);
        } else {
            PageToken token = PageToken.decode(options.token(), asked);
            position = past.resume(new Position(token.store(), token.revision()), options.allowsNewer());
            rest = matching(list, position);
            rest.removeIf(image -> Utf8Order.COMPARATOR.compare(image.image().name(), token.last()) <= 0);
        }
        boolean isLast = rest.size() < size; // as a store that does not look behind a full page
        List<VersionedImage> images = isLast ? rest : rest.subList(0, size);
        String next = isLast
                ? ""
                : new PageToken(
                                asked,
                                position.store(),
                                position.revision(),
                                rest.get(size - 1).image().name())
                        .encode();
        return new Page(images, next, position);
    }

    private int hash(ListOptions list) {
        List<String> asked = new ArrayList<>(List.of(namespace, list.asOf().toString()));
        asked.add(new TreeSet<>(list.fields()).toString());
        asked.addAll(list.filters());
        return PageToken.hash(asked);
    }

    @Override
    public Listing stream(ListOptions options) {
        Position position = new InMemoryPast(state).position(options);
        Iterator<VersionedImage> images = matching(options, position).iterator();
        return new Listing() {
            @Override
            public Position position() {
                return position;
            }

            @Override
            public boolean hasNext() {
                return images.hasNext();
            }

            @Override
            public VersionedImage next() {
                return images.next();
            }

            @Override
            public void close() {}
        };
    }

    /** Returns the images of a list. */
    private List<VersionedImage> matching(ListOptions list, Position position) {
        Filters filters = Filters.parse(list.filters());
        List<VersionedImage> matching = new ArrayList<>();
        for (VersionedImage found : state.images(namespace, position.revision()).values()) {
            if (filters.matches(found.image())) {
                Image image = ImageField.keep(found.image(), list.fields());
                matching.add(new VersionedImage(namespace, image, found.revision(), found.createdRevision()));
            }
        }
        return matching;
    }
}
