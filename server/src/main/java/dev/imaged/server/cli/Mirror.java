package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.remote.RemoteImageStores;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What a store has that another one, whose images it got, does not have. */
final class Mirror {
    private record Name(String namespace, String name) {}

    private final Set<Name> source = new HashSet<>();

    /** Notes an image of the source. */
    void has(NamespacedImage image) {
        source.add(new Name(image.namespace(), image.image().name()));
    }

    /** Deletes the other images of a store, and returns how many. */
    long deleteOthers(RemoteImageStores target) {
        long deleted = 0;
        for (String namespace : target.namespaces()) {
            ImageStore store = target.namespace(namespace);
            for (String name : others(namespace, store)) {
                deleted += delete(store, name) ? 1 : 0;
            }
        }
        return deleted;
    }

    private List<String> others(String namespace, ImageStore store) {
        try (Stream<Image> images = store.stream()) {
            return images.map(Image::name)
                    .filter(name -> !source.contains(new Name(namespace, name)))
                    .toList();
        }
    }

    private static boolean delete(ImageStore store, String name) {
        try {
            store.delete(name);
            return true;
        } catch (NotFound e) {
            return false;
        }
    }
}
