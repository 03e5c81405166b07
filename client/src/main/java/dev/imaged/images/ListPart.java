package dev.imaged.images;

import java.util.List;

/**
 * A part of a list that is read as it arrives. Immutable.
 *
 * @param images in ascending order of their names' UTF-8 bytes, after those of the previous part; there may be none
 * @param position what the whole list is of
 */
public record ListPart(List<VersionedImage> images, Position position) {
    public ListPart {
        images = List.copyOf(images);
    }
}
