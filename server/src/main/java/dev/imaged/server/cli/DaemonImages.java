package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.Aborted;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.internal.text.Utf8Order;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.remote.RemoteImageStores;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** All images of a daemon that serves containerd's Images and Namespaces APIs, such as containerd itself. */
record DaemonImages(RemoteImageStores daemon) {
    private static final String HEX = "0123456789abcdef";

    /** The starts of the digests that an image may have. */
    private static final List<String> ALGORITHMS = List.of("sha256:", "sha384:", "sha512:");

    /** The longest prefix, in characters. A list with a longer prefix is short, so it is refused for another reason than its size. */
    private static final int MAX_PREFIX = "sha256:".length() + 8;

    private static final int MAX_PASSES = 10;

    private static final List<String> TOO_MANY =
            List.of("ask for a part of the images with a filter, such as --name-prefix docker.io/library/");

    /** The filter that all images match. */
    private static final List<String> ALL = List.of("");

    /**
     * Passes on all images of a namespace, as they are at one moment if the daemon streams them, or if they fit into one answer. If they do not fit into one answer, it asks for them by the first characters of their
     * digests. An image that moves meanwhile may then be in none of the answers, or in two. So it asks for all images again, until
     * no new names come. It can still miss a name that moves at the wrong moment each time. It passes a changed image on again.
     *
     * @throws Aborted when new names come each time
     * @throws ResourceExhausted when the daemon refuses even a short list
     */
    void forEach(String namespace, Consumer<NamespacedImage> images) {
        forEach(daemon.namespace(namespace), List.of(), image -> images.accept(new NamespacedImage(namespace, image)));
    }

    /**
     * Returns the images that match at least one of the filters, or all images if there is no filter, sorted by name. It asks in parts,
     * as {@link #forEach} does, if they do not fit into one answer and the daemon does not stream them. They are then all in memory.
     */
    static Stream<Image> stream(ImageStore store, List<String> filters) {
        try {
            return store.stream(filters);
        } catch (ResourceExhausted e) {
            Map<String, Image> images = new TreeMap<>(Utf8Order.COMPARATOR);
            forEachByDigest(store, filters, image -> images.put(image.name(), image));
            return images.values().stream();
        }
    }

    private static void forEach(ImageStore store, List<String> filters, Consumer<Image> images) {
        Stream<Image> all;
        try {
            all = store.stream(filters);
        } catch (ResourceExhausted e) {
            forEachByDigest(store, filters, images);
            return;
        }
        try (all) {
            all.forEach(images);
        }
    }

    private static void forEachByDigest(ImageStore store, List<String> filters, Consumer<Image> images) {
        List<String> some = filters.isEmpty() ? ALL : filters;
        Map<String, Image> shown = new HashMap<>();
        for (int pass = 0; pass < MAX_PASSES; pass++) {
            int before = shown.size();
            ALGORITHMS.forEach(algorithm -> forEach(store, some, algorithm, image -> {
                if (!image.equals(shown.put(image.name(), image))) {
                    images.accept(image);
                }
            }));
            if (pass > 0 && shown.size() == before) {
                return;
            }
        }
        throw new Aborted(
                "new names came each of the " + MAX_PASSES + " times that all images were listed: try again", null);
    }

    private static void forEach(ImageStore store, List<String> filters, String prefix, Consumer<Image> images) {
        List<String> narrowed = filters.stream()
                .map(filter -> (filter.isEmpty() ? "" : filter + ",") + "target.digest~=^" + prefix)
                .toList();
        List<Image> some;
        try {
            some = store.list(narrowed);
        } catch (ResourceExhausted e) {
            if (prefix.length() >= MAX_PREFIX) {
                throw e.hints().isEmpty() ? e.withHints(TOO_MANY) : e;
            }
            HEX.chars().forEach(digit -> forEach(store, filters, prefix + (char) digit, images));
            return;
        }
        some.forEach(images);
    }
}
