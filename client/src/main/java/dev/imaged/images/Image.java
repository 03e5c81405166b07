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
 * <p>An image is not its content: a store keeps the name and does not check that the target exists.
 *
 * @param name the name, unique in its namespace; any Unicode text that is not empty
 * @param labels what users say about the image, in ascending order of the keys
 * @param target the root of the image's content
 * @param createdAt when the name was created, UTC, set by the store, which ignores it in a request
 * @param updatedAt when the image was last changed, UTC, set by the store, which ignores it in a request
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

    /** Returns the content of this image for a platform. */
    public ImageContent content(Documents documents, PlatformMatcher platform) {
        return new ImageContent(documents, target, platform);
    }

    /** Returns the content of this image for the platform of this machine. */
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
