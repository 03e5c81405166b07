package dev.imaged.filters;

import java.util.List;

/**
 * A field of an image that a filter can name. Immutable and thread-safe.
 *
 * @param kind which field, or which map of fields
 * @param key the key of a label or an annotation; empty for the other kinds
 */
public record Field(Kind kind, String key) {
    /** The fields there are. */
    public enum Kind {
        /** {@code name} */
        NAME,
        /** {@code target.digest} */
        TARGET_DIGEST,
        /** {@code target.mediatype} */
        TARGET_MEDIATYPE,
        /** {@code labels.KEY} */
        LABEL,
        /** {@code annotations.KEY}, those of the target */
        ANNOTATION,
        /** Any other field: a filter may name it, no image has it. */
        NONE
    }

    /** The image's name. */
    public static final Field NAME = new Field(Kind.NAME, "");
    /** The target's digest. */
    public static final Field TARGET_DIGEST = new Field(Kind.TARGET_DIGEST, "");
    /** The target's media type. */
    public static final Field TARGET_MEDIATYPE = new Field(Kind.TARGET_MEDIATYPE, "");
    /** A field that no image has. */
    public static final Field NONE = new Field(Kind.NONE, "");

    /** Returns the label of {@code key}. */
    public static Field label(String key) {
        return new Field(Kind.LABEL, key);
    }

    /** Returns the target's annotation of {@code key}. */
    public static Field annotation(String key) {
        return new Field(Kind.ANNOTATION, key);
    }

    /**
     * Returns the field that a path of a filter names, by the rules of containerd's image filters: parts after a name,
     * a digest or a media type are ignored; the parts of a key are joined with dots.
     */
    public static Field of(List<String> path) {
        return switch (path.get(0)) {
            case "name" -> NAME;
            case "target" -> path.size() < 2 ? NONE : ofTarget(path.get(1));
            case "labels" -> path.size() < 2 ? NONE : label(key(path));
            case "annotations" -> path.size() < 2 ? NONE : annotation(key(path));
            default -> NONE;
        };
    }

    private static Field ofTarget(String part) {
        return switch (part) {
            case "digest" -> TARGET_DIGEST;
            case "mediatype" -> TARGET_MEDIATYPE;
            default -> NONE;
        };
    }

    private static String key(List<String> path) {
        return String.join(".", path.subList(1, path.size()));
    }

    /** Returns the path that names this field. */
    List<String> path() {
        return switch (kind) {
            case NAME -> List.of("name");
            case TARGET_DIGEST -> List.of("target", "digest");
            case TARGET_MEDIATYPE -> List.of("target", "mediatype");
            case LABEL -> List.of("labels", key);
            case ANNOTATION -> List.of("annotations", key);
            case NONE -> List.of("");
        };
    }
}
