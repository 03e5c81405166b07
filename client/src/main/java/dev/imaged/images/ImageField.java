package dev.imaged.images;

import dev.imaged.oci.Descriptor;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/** A field of an image that a list may have or leave out. */
public enum ImageField {
    /** The name, which always comes. */
    NAME("name"),
    /** The labels. */
    LABELS("labels"),
    /** The target. */
    TARGET("target"),
    /** The time of the creation. */
    CREATED_AT("created_at"),
    /** The time of the last change. */
    UPDATED_AT("updated_at");

    private final String path;

    ImageField(String path) {
        this.path = path;
    }

    /** Returns the field as a field mask names it. */
    public String path() {
        return path;
    }

    /**
     * Returns an image with some of its fields. The others are empty, and their times {@link Instant#EPOCH}.
     *
     * @param fields the fields to keep; empty for all
     */
    public static Image keep(Image image, Set<ImageField> fields) {
        if (fields.isEmpty()) {
            return image;
        }
        return new Image(
                image.name(),
                fields.contains(LABELS) ? image.labels() : Map.of(),
                fields.contains(TARGET) ? image.target() : Descriptor.EMPTY,
                fields.contains(CREATED_AT) ? image.createdAt() : Instant.EPOCH,
                fields.contains(UPDATED_AT) ? image.updatedAt() : Instant.EPOCH);
    }
}
