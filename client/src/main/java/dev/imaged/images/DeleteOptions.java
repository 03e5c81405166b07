package dev.imaged.images;

/**
 * The options of a delete. Immutable and thread-safe.
 *
 * @param sync whether garbage is collected before the answer: images of all namespaces whose label {@value
 *     GcLabels#EXPIRE} lies in the past are removed
 * @param targetDigest the digest that the image has to point to, compared as plain text; empty for any
 */
public record DeleteOptions(boolean sync, String targetDigest) {
    /** No collection, any target. */
    public static final DeleteOptions DEFAULT = new DeleteOptions(false, "");

    /** The options to collect garbage before the answer. */
    public static DeleteOptions collecting() {
        return new DeleteOptions(true, "");
    }

    /** The options to delete a name only while it points to this digest. */
    public static DeleteOptions ifTarget(String digest) {
        return new DeleteOptions(false, digest);
    }
}
