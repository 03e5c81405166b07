package dev.imaged.examples;

import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.filters.Filter;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.remote.RemoteImageStores;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Prints which images of a filter come, move and go: {@code Poller unix:///run/imaged/imaged.sock default
 * 'name~=^docker.io/library/'}.
 *
 * <p>Each list is one snapshot. What changes twice between two lists is seen once.
 */
public final class Poller {
    private static final long INTERVAL_MILLIS = 2000;

    private final ImageStore images;
    private final Filter filter;
    private Map<String, Image> known = Map.of();

    public Poller(ImageStore images, Filter filter) {
        this.images = images;
        this.filter = filter;
    }

    public static void main(String[] args) throws InterruptedException {
        try (ImageStores stores = RemoteImageStores.connect(args[0])) {
            Poller poller = new Poller(stores.namespace(args[1]), Filter.parse(args[2]));
            while (true) {
                try {
                    poller.changes().forEach(System.out::println);
                } catch (Unavailable e) {
                    System.err.println(e.getMessage()); // the next list connects again
                }
                Thread.sleep(INTERVAL_MILLIS);
            }
        }
    }

    /** Lists the images and returns what differs from the list before, one line for each image. */
    public List<String> changes() {
        Map<String, Image> current = new LinkedHashMap<>();
        images.list(filter).forEach(image -> current.put(image.name(), image));

        List<String> changes = new ArrayList<>();
        for (Image image : current.values()) {
            Image before = known.get(image.name());
            String digest = image.target().digest();
            if (before == null) {
                changes.add("+ " + image.name() + " " + digest);
            } else if (!before.target().digest().equals(digest)) {
                changes.add("> " + image.name() + " " + digest);
            } else if (!before.labels().equals(image.labels())) {
                changes.add("= " + image.name() + " " + image.labels());
            }
        }
        for (String name : known.keySet()) {
            if (!current.containsKey(name)) {
                changes.add("- " + name);
            }
        }
        known = current;
        return changes;
    }
}
