package dev.imaged.images;

import dev.imaged.content.Documents;
import dev.imaged.filters.Field;
import dev.imaged.filters.FieldSource;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.PlatformMatcher;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An image is a name for a content root. Immutable and thread-safe.
 *
 * <p>It is not the content: a store keeps the name and does not check that the target exists.
 *
 * @param name the name, unique in its namespace; any Unicode text that is not empty
 * @param labels what its users say of the image, in ascending order of the keys
 * @param target the root of the image's content
 * @param createdAt when the name was created, UTC, set by the store; ignored in what a store is given
 * @param updatedAt when the image was last changed, UTC, set by the store; ignored in what a store is given
 */
public record Image(String name, Map<String, String> labels, Descriptor target, Instant createdAt, Instant updatedAt)
        implements FieldSource {
    public Image {
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    /** An image to give to a store, which sets its times. */
    public Image(String name, Map<String, String> labels, Descriptor target) {
        this(name, labels, target, Instant.EPOCH, Instant.EPOCH);
    }

    /** An image without labels to give to a store, which sets its times. */
    public Image(String name, Descriptor target) {
        this(name, Map.of(), target);
    }

    /** Returns the value that a filter sees in a field, null when it is absent. */
    @Override
    public @Nullable String value(Field field) {
        return switch (field.kind()) {
            case NAME -> name;
            case TARGET_DIGEST -> target.digest();
            case TARGET_MEDIATYPE -> target.mediaType();
            case LABEL -> labels.get(field.key());
            case ANNOTATION -> target.annotations().get(field.key());
            case NONE -> null;
        };
    }

    /** Returns what stands behind this image on a platform. */
    public ImageContent content(Documents documents, PlatformMatcher platform) {
        return new ImageContent(documents, target, platform);
    }

    /** Returns what stands behind this image on the platform of this machine. */
    public ImageContent content(Documents documents) {
        return new ImageContent(documents, target);
    }

    /** Returns this image with other labels. */
    public Image withLabels(Map<String, String> other) {
        return new Image(name, other, target, createdAt, updatedAt);
    }

    /** Returns this image with another target. */
    public Image withTarget(Descriptor other) {
        return new Image(name, labels, other, createdAt, updatedAt);
    }
}
