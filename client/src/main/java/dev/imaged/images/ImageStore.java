package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.filters.Filter;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Keeps the images of one namespace: each a name for a content root.
 *
 * <p>It holds no blobs, does not check that a target exists, and covers one namespace only. Reads and writes of one
 * name are linearizable; a list is one atomic snapshot. Every call may also throw the errors of the connection and of
 * the engine ({@link ImageException.Unavailable}, {@link ImageException.ResourceExhausted},
 * {@link ImageException.DeadlineExceeded}, {@link ImageException.DataLoss}); a thread that is interrupted while it
 * waits gets {@link ImageException.Cancelled} with its interrupt flag set. Thread-safe.
 */
public interface ImageStore {
    /**
     * Returns the image of a name.
     *
     * @throws ImageException.NotFound when there is no image of that name
     */
    Image get(String name);

    /**
     * Returns the images that match at least one of the filters, all images when there is no filter, in ascending order
     * of their names' UTF-8 bytes.
     *
     * @param filters filters as {@link Filter} describes them
     * @throws ImageException.InvalidArgument when a filter cannot be parsed
     */
    List<Image> list(List<String> filters);

    /**
     * Stores an image under a new name and returns it as stored: with its times, and without labels or annotations
     * whose value is empty.
     *
     * @throws ImageException.InvalidArgument when the image breaks a rule of {@link ImageValidator}
     * @throws ImageException.AlreadyExists when the name is taken; the image of that name stays as it is
     */
    Image create(Image image, WriteOptions options);

    /**
     * Replaces the fields of an image that a mask names and returns the image as stored. The time of creation never
     * changes; that of the last change always does. An update takes place as a whole or not at all.
     *
     * @throws ImageException.NotFound when there is no image of that name
     * @throws ImageException.InvalidArgument when a path of the mask or the resulting image breaks a rule
     */
    Image update(Image image, UpdateMask mask, WriteOptions options);

    /**
     * Changes an image as a function says, atomically, as {@link Transactions#modify}: no update of anybody else is lost.
     *
     * @param change returns the image to store, which has to have the same name; it may be called several times
     * @return the image as it is stored
     * @throws ImageException.NotFound when no image has the name
     * @throws ImageException.InvalidArgument when the new image breaks a rule, or has another name
     * @throws ImageException.Aborted when others changed the image each time
     * @throws ImageException.Unimplemented when the store cannot write on a condition, as a plain containerd
     */
    default Image modify(String name, UnaryOperator<Image> change) {
        throw new ImageException.Unimplemented(
                "an image can be modified only where the store writes on a condition, which this one does not", null);
    }

    /**
     * Removes a name; the content of its target stays where it is.
     *
     * @throws ImageException.NotFound when there is no image of that name, or its target is not the one that the
     *     options name
     */
    void delete(String name, DeleteOptions options);

    /** Returns the image of a name, if there is one. */
    default Optional<Image> find(String name) {
        try {
            return Optional.of(get(name));
        } catch (ImageException.NotFound e) {
            return Optional.empty();
        }
    }

    /**
     * Returns the images that match at least one of the filters, in ascending order of their names' UTF-8 bytes. Without a filter it
     * returns all images. There may be any number of them. They are of one snapshot.
     *
     * <p>Over a connection to {@code imaged} the images arrive as they are read, so that the stream takes a fixed amount of memory;
     * close a stream that is not read to its end. It throws the errors of the connection where it is read. A plain containerd sends all
     * images in one message, and fails with {@link ImageException.ResourceExhausted} when they do not fit.
     *
     * @param filters filters as {@link Filter} describes them
     * @throws ImageException.InvalidArgument when a filter cannot be parsed
     */
    default Stream<Image> stream(List<String> filters) {
        return list(filters).stream();
    }

    /** Streams the images that match at least one of the filters. */
    default Stream<Image> stream(Filter... filters) {
        return stream(Stream.of(filters).map(Filter::toString).toList());
    }

    /** Lists the images that match at least one of the filters. */
    default List<Image> list(Filter... filters) {
        return list(Stream.of(filters).map(Filter::toString).toList());
    }

    /** Creates an image with the time of the store's clock. */
    default Image create(Image image) {
        return create(image, WriteOptions.DEFAULT);
    }

    /** Updates an image with the time of the store's clock. */
    default Image update(Image image, UpdateMask mask) {
        return update(image, mask, WriteOptions.DEFAULT);
    }

    /** Deletes a name, whichever target it has. */
    default void delete(String name) {
        delete(name, DeleteOptions.DEFAULT);
    }
}
