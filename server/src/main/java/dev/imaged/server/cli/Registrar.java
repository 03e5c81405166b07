package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Creates names, or moves them if they exist. Thread-safe.
 *
 * @param store the store of the names
 * @param keepExisting whether a name that exists stays as it is
 */
record Registrar(ImageStore store, boolean keepExisting) {
    /** How often a name may appear or vanish between two calls before that is an error. */
    private static final int MAX_ATTEMPTS = 10;

    /** The outcome for a name. */
    enum Outcome {
        CREATED,
        MOVED,
        KEPT,
        UNCHANGED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Makes a registrar that moves names that exist. */
    Registrar(ImageStore store) {
        this(store, false);
    }

    /** A stored image, and whether it was created, changed or kept. */
    record Registration(Image image, Outcome outcome) {}

    /**
     * Creates an image. If the name exists, replaces the fields that the mask names, unless existing images are to be kept. Writes
     * nothing if nothing would change.
     *
     * @throws AlreadyExists when other clients created and deleted the name too often meanwhile; {@code NotFound} likewise
     */
    Registration register(Image image, UpdateMask mask) {
        for (int attempt = 1; ; attempt++) {
            Image existing = find(image.name());
            try {
                if (existing == null) {
                    return new Registration(store.create(image), Outcome.CREATED);
                } else if (isSame(existing, image, mask)) {
                    return new Registration(existing, Outcome.UNCHANGED);
                } else if (keepExisting) {
                    return new Registration(existing, Outcome.KEPT);
                }
                return new Registration(store.update(image, mask), Outcome.MOVED);
            } catch (AlreadyExists | NotFound e) {
                // Another client created or deleted the name since it was looked up.
                if (attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private @Nullable Image find(String name) {
        try {
            return store.get(name);
        } catch (NotFound e) {
            return null;
        }
    }

    private static boolean isSame(Image existing, Image image, UpdateMask mask) {
        boolean sameLabels = mask.equals(UpdateMask.all())
                ? existing.labels().equals(image.labels())
                : image.labels().entrySet().stream()
                        .allMatch(label -> existing.labels()
                                .getOrDefault(label.getKey(), "")
                                .equals(label.getValue()));
        return sameLabels && existing.target().equals(stored(image.target()));
    }

    /** Returns a target as a store keeps it: with the fields of the API, and without annotations whose value is empty. */
    private static Descriptor stored(Descriptor target) {
        Map<String, String> annotations = new TreeMap<>(target.annotations());
        annotations.values().removeIf(String::isEmpty);
        return new Descriptor(target.mediaType(), target.digest(), target.size(), annotations);
    }
}
