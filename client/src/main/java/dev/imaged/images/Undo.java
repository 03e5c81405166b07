package dev.imaged.images;

/**
 * A commit that is taken back as a whole. Immutable.
 *
 * @param revision the revision of the commit
 * @param override whether names that changed since then go back, too
 * @param options what else the request says
 */
public record Undo(long revision, boolean override, RequestOptions options) {
    /** Returns a request to take a commit back, unless one of its names was changed again. */
    public static Undo of(long revision) {
        return new Undo(revision, false, RequestOptions.DEFAULT);
    }

    /** Returns this request such that names that changed since then go back, too. */
    public Undo overriding() {
        return new Undo(revision, true, options);
    }

    /** Returns this request with other options. */
    public Undo with(RequestOptions other) {
        return new Undo(revision, override, other);
    }
}
