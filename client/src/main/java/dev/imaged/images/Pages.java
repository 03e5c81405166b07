package dev.imaged.images;

import dev.imaged.errors.ImageException;

/**
 * Lists of the images of one namespace, however many, as they are or as they were. Thread-safe.
 *
 * <p>Each call throws, besides what {@link ImageStore} says,
 *
 * <ul>
 *   <li>{@link ImageException.InvalidArgument} when a filter cannot be parsed;
 *   <li>{@link ImageException.OutOfRange} with the reason {@code REVISION_DROPPED} when the moment is not kept any more (detail
 *       {@code oldest}: the oldest position that is), {@code REVISION_AHEAD} when its revision lies in the future (detail
 *       {@code newest}), and {@code OTHER_STORE} when a position is of another store, or of this one before it was restored.
 * </ul>
 */
public interface Pages {
    /**
     * Returns a page. All pages of a list are of the revision of its first, however long it takes to read them, as long as the
     * changes since then are kept.
     *
     * @throws ImageException.InvalidArgument with the reason {@code PAGE_TOKEN_INVALID} when the token is of another list or damaged;
     *     and when the size is negative
     */
    Page page(PageOptions options);

    /**
     * Starts a list of one revision, however long, and returns once it is known to work. The list takes a fixed amount of memory on
     * both ends. Errors may also come from the methods of the listing.
     */
    Listing stream(ListOptions options);
}
