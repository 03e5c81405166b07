package dev.imaged.images;

/**
 * Who asked for a commit, and why. A text is empty when nobody gave it. Immutable.
 *
 * @param actor the caller as the daemon authenticated it
 * @param requestId the id that the caller gave the request
 * @param reason the reason that the caller gave
 * @param undoneRevision the commit that this one takes back, 0 when it does not
 */
public record Cause(String actor, String requestId, String reason, long undoneRevision) {
    /** The cause of a commit whose caller said nothing. */
    public static final Cause UNKNOWN = new Cause("", "", "", 0);
}
