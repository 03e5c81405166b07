package dev.imaged.images;

/**
 * What has to hold of a name for a write to take place. All that is set counts. Immutable.
 *
 * @param existence whether the name has to have an image
 * @param revision the revision that the image has to have, 0 for any; see {@link VersionedImage}
 * @param digest the digest that the target of the image has to have, compared as plain text; empty for any
 */
public record Condition(Existence existence, long revision, String digest) {
    /** The condition that always holds. */
    public static final Condition NONE = new Condition(Existence.ANY, 0, "");

    /** Whether a name has to have an image. */
    public enum Existence {
        /** It may. */
        ANY,
        /** It must not. */
        ABSENT,
        /** It has to. A revision or a digest implies this. */
        EXISTS
    }

    /** Returns the condition that a name has no image. */
    public static Condition absent() {
        return new Condition(Existence.ABSENT, 0, "");
    }

    /** Returns the condition that a name has an image. */
    public static Condition exists() {
        return new Condition(Existence.EXISTS, 0, "");
    }

    /** Returns this condition, and that the image was last changed by the commit of a revision. */
    public Condition withRevision(long other) {
        return new Condition(existence, other, digest);
    }

    /** Returns this condition, and that the image has a target of a digest. */
    public Condition withDigest(String other) {
        return new Condition(existence, revision, other);
    }

    /** Whether the condition cannot hold of a name without an image. */
    boolean needsImage() {
        return existence == Existence.EXISTS || revision != 0 || !digest.isEmpty();
    }
}
