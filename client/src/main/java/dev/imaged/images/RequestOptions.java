package dev.imaged.images;

import org.jspecify.annotations.Nullable;

/**
 * What a request to {@link Transactions} says besides what it does. Immutable.
 *
 * @param requestId 1 to {@value TransactionRules#MAX_REQUEST_ID_LENGTH} visible ASCII characters, best a random UUID; empty for none. A
 *     request that is sent again with its id changes nothing again: it gets the first answer, as long as the log keeps that commit. A
 *     request that failed, or changed nothing, leaves no id behind. An id is for its namespace only.
 * @param reason what the log says about the commit, at most {@value TransactionRules#MAX_REASON_BYTES} bytes of UTF-8; empty for nothing
 * @param validateOnly whether nothing is written: the answer says what would be, with the present position, and the id does not count
 */
public record RequestOptions(String requestId, String reason, boolean validateOnly) {
    /** No id, no reason, and the request is carried out. */
    public static final RequestOptions DEFAULT = new RequestOptions("", "", false);

    /** Returns these options with another id. */
    public RequestOptions withRequestId(String id) {
        return new RequestOptions(id, reason, validateOnly);
    }

    /** Returns these options with another reason. */
    public RequestOptions withReason(String text) {
        return new RequestOptions(requestId, text, validateOnly);
    }

    /** Returns these options such that nothing is written. */
    public RequestOptions validating() {
        return new RequestOptions(requestId, reason, true);
    }

    /** Returns the id under which the commit can be found again. Null without an id, and for a request that writes nothing. */
    public @Nullable String effectiveId() {
        return requestId.isEmpty() || validateOnly ? null : requestId;
    }
}
