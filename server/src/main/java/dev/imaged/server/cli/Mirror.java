package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.Unimplemented;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.remote.RemoteMaintenance;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Deletes from a store the images that its source does not have. */
final class Mirror {
    private record Name(String namespace, String name) {}

    private final RemoteImageStores source;
    private final RemoteImageStores target;
    private final Set<Name> copied = new HashSet<>();

    Mirror(RemoteImageStores source, RemoteImageStores target) {
        this.source = source;
        this.target = target;
    }

    /** Whether the store is its own source; the daemons of a cluster have one store. */
    boolean isOneStore() {
        String id = id(source);
        return !id.isEmpty() && id.equals(id(target));
    }

    /** Returns the id of a store; it is empty for a server that tells none, such as containerd. */
    private static String id(RemoteImageStores store) {
        try {
            return new RemoteMaintenance(store).stats().instanceId();
        } catch (Unimplemented e) {
            return "";
        }
    }

    /** Notes an image of the source. */
    void has(NamespacedImage image) {
        copied.add(new Name(image.namespace(), image.image().name()));
    }

    /** Whether the source had no image. */
    boolean isSourceEmpty() {
        return copied.isEmpty();
    }

    /** Deletes the images that the source did not have, and still does not have. Returns how many. */
    long deleteOthers() {
        long deleted = 0;
        for (String namespace : target.namespaces()) {
            ImageStore from = source.namespace(namespace);
            ImageStore to = target.namespace(namespace);
            for (Image image : others(namespace, to)) {
                deleted += !has(from, image) && delete(to, image) ? 1 : 0;
            }
        }
        return deleted;
    }

    private List<Image> others(String namespace, ImageStore store) {
        try (Stream<Image> images = store.stream()) {
            return images.filter(image -> !copied.contains(new Name(namespace, image.name())))
                    .toList();
        }
    }

    private static boolean has(ImageStore store, Image image) {
        try {
            store.get(image.name());
            return true;
        } catch (NotFound e) {
            return false;
        }
    }

    /** Deletes an image, but not one that was put under its name meanwhile. */
    private static boolean delete(ImageStore store, Image image) {
        try {
            store.delete(image.name(), DeleteOptions.ifTarget(image.target().digest()));
            return true;
        } catch (NotFound e) {
            return false;
        }
    }
}
