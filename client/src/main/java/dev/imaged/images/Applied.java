package dev.imaged.images;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request to {@link Transactions} did. Immutable.
 *
 * @param position the position behind the commit; the present one when nothing changed
 * @param results one for each operation or target, in their order; those of an undo are one for each image that changed, in the order
 *     of their names
 * @param replayed whether the request id was known: then this is the answer of the first time
 */
public record Applied(Position position, List<Result> results, boolean replayed) {
    public Applied {
        results = List.copyOf(results);
    }

    /**
     * What became of one name.
     *
     * @param name the name
     * @param kind what was done, null when nothing was
     * @param image the image afterwards, null when there is none
     */
    public record Result(
            String name,
            Change.@Nullable Kind kind,
            @Nullable VersionedImage image) {}
}
