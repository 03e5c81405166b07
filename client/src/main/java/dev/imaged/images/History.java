package dev.imaged.images;

import dev.imaged.errors.ImageException;

/**
 * What the images of one namespace were, as far as the store keeps its changes. Thread-safe. Each call also throws what
 * {@link ImageStore} says.
 */
public interface History {
    /**
     * Returns an image as it is or as it was.
     *
     * @throws ImageException.NotFound when there is, or then was, no image of that name
     * @throws ImageException.OutOfRange with the reason {@code REVISION_DROPPED} when the moment is not kept any more (detail
     *     {@code oldest}: the oldest position that is), and {@code REVISION_AHEAD} when its revision lies in the future (detail
     *     {@code newest})
     */
    VersionedImage get(String name, AsOf asOf);

    /**
     * Returns changes of a name, the newest first, even if the image is deleted; none when nothing is kept of that name.
     *
     * @param size the most changes: 0 for {@value PageRules#DEFAULT_HISTORY_SIZE}; more than {@value PageRules#MAX_SIZE} is that many
     * @param token {@link HistoryPage#nextToken} of the page before; empty for the first page
     * @throws ImageException.InvalidArgument when the size is negative; with the reason {@code PAGE_TOKEN_INVALID} when the token is
     *     of another name or damaged
     * @throws ImageException.OutOfRange with the reason {@code OTHER_STORE} when the token is of another store
     */
    HistoryPage changes(String name, int size, String token);

    /** Returns the newest changes of a name, as {@link #changes(String, int, String)} does. */
    default HistoryPage changes(String name) {
        return changes(name, 0, "");
    }
}
