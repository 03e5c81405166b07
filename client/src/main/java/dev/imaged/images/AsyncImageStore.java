package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.filters.Filter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * The images of one namespace; no call waits for its answer. {@link ImageStore} says what each call does.
 *
 * <p>No call throws: the future fails instead, always with an {@link ImageException}. Futures may complete on the
 * store's own threads, so code that depends on a future must not block. Cancelling a future ends the wait; a write may
 * still take place. Thread-safe.
 */
public interface AsyncImageStore {
    /** See {@link ImageStore#get}. */
    CompletableFuture<Image> get(String name);

    /** See {@link ImageStore#list(List)}. */
    CompletableFuture<List<Image>> list(List<String> filters);

    /** See {@link ImageStore#create(Image, WriteOptions)}. */
    CompletableFuture<Image> create(Image image, WriteOptions options);

    /** See {@link ImageStore#update(Image, UpdateMask, WriteOptions)}. */
    CompletableFuture<Image> update(Image image, UpdateMask mask, WriteOptions options);

    /** See {@link ImageStore#delete(String, DeleteOptions)}. */
    CompletableFuture<Void> delete(String name, DeleteOptions options);

    /** Lists the images that match at least one of the filters. */
    default CompletableFuture<List<Image>> list(Filter... filters) {
        return list(Stream.of(filters).map(Filter::toString).toList());
    }

    /** Creates an image with the time of the store's clock. */
    default CompletableFuture<Image> create(Image image) {
        return create(image, WriteOptions.DEFAULT);
    }

    /** Updates an image with the time of the store's clock. */
    default CompletableFuture<Image> update(Image image, UpdateMask mask) {
        return update(image, mask, WriteOptions.DEFAULT);
    }

    /** Deletes a name, whichever target it has. */
    default CompletableFuture<Void> delete(String name) {
        return delete(name, DeleteOptions.DEFAULT);
    }
}
