package dev.imaged.server.store.record;

import com.google.protobuf.ByteString;

/**
 * Who asked for a commit, and why. A text is empty when nobody gave it.
 *
 * @param actor the caller as the daemon authenticated it
 * @param requestId the id that the caller gave the request, unique among the commits of its namespace that are kept
 * @param requestHash a hash of the request with that id; empty without an id
 * @param reason the reason that the caller gave
 * @param undoneRevision the commit that this one takes back, 0 when it does not
 */
public record Cause(String actor, String requestId, ByteString requestHash, String reason, long undoneRevision) {
    /** The cause of a commit whose caller said nothing. */
    public static final Cause UNKNOWN = new Cause("", "", ByteString.EMPTY, "", 0);
}
