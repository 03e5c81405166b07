package dev.imaged.images;

import java.util.List;

/**
 * A part of a list. Immutable.
 *
 * @param images in ascending order of their names' UTF-8 bytes; fewer than were asked for, even none, do not mean that it is the last
 * @param nextToken the token of the next page; empty at the end of the list, and only there
 * @param position what the images are of
 */
public record Page(List<VersionedImage> images, String nextToken, Position position) {
    public Page {
        images = List.copyOf(images);
    }

    /** Whether the list ends with this page. */
    public boolean isLast() {
        return nextToken.isEmpty();
    }
}
