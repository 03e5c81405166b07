package dev.imaged.images;

/**
 * Which page of a list. Immutable and thread-safe.
 *
 * @param list the list; the same for all of its pages
 * @param size the most images of the page: 0 for {@value PageRules#DEFAULT_SIZE}; more than {@value PageRules#MAX_SIZE} is that many
 * @param token {@link Page#nextToken} of the page before; empty for the first page
 * @param allowsNewer whether a page whose revision is not kept any more goes on at the newest revision, instead of failing
 */
public record PageOptions(ListOptions list, int size, String token, boolean allowsNewer) {
    /** Returns the first page of a list. */
    public static PageOptions first(ListOptions list) {
        return new PageOptions(list, 0, "", false);
    }

    /** Returns the page that follows another. */
    public PageOptions after(Page page) {
        return new PageOptions(list, size, page.nextToken(), allowsNewer);
    }

    /** Returns this page with at most so many images. */
    public PageOptions withSize(int other) {
        return new PageOptions(list, other, token, allowsNewer);
    }

    /**
     * Returns this page, of the newest revision if that of its list is not kept any more. The list is then not of one moment, and
     * {@link Page#position} tells.
     */
    public PageOptions allowingNewer() {
        return new PageOptions(list, size, token, true);
    }
}
