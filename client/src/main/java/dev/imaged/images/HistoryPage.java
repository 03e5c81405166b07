package dev.imaged.images;

import java.util.List;

/**
 * Some changes of one name. Immutable.
 *
 * @param changes the newest first; there may be fewer than were asked for
 * @param nextToken the token of the next page; empty at the end, and only there
 * @param isTruncated at the end: whether there were older changes, which are not kept
 */
public record HistoryPage(List<Change> changes, String nextToken, boolean isTruncated) {
    public HistoryPage {
        changes = List.copyOf(changes);
    }

    /** Whether the history ends with this page. */
    public boolean isLast() {
        return nextToken.isEmpty();
    }
}
