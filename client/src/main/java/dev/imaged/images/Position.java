package dev.imaged.images;

/**
 * A point in the order of all commits of one store. Immutable.
 *
 * @param store the id of the store's present life; a restore from a backup begins a new one, because it goes back to revisions that
 *     may be given out again
 * @param revision the revision of the last commit before the point, 0 before the first
 */
public record Position(String store, long revision) {
    /** Returns the position as headers and command lines have it: {@code STORE/REVISION}. */
    @Override
    public String toString() {
        return store + "/" + revision;
    }

    /**
     * Reads what {@link #toString} wrote.
     *
     * @throws IllegalArgumentException when the text is not a position; the message names the text
     */
    public static Position parse(String text) {
        int slash = text.lastIndexOf('/');
        try {
            long revision = Long.parseLong(text.substring(slash + 1));
            if (slash > 0 && revision >= 0) {
                return new Position(text.substring(0, slash), revision);
            }
        } catch (NumberFormatException e) {
            // The message below says it.
        }
        throw new IllegalArgumentException(
                "position " + text + " is not written STORE/REVISION, for example " + new Position("3fa4", 812));
    }
}
