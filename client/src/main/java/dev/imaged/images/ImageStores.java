package dev.imaged.images;

import dev.imaged.errors.ImageException;

/**
 * The image stores of all namespaces: what a connection or an engine gives. Thread-safe.
 *
 * <p>A namespace is a partition of the names. It need not be created: it begins with its first image, and before that
 * has no images.
 */
public interface ImageStores extends AutoCloseable {
    /**
     * Returns the store of a namespace, which does not wait.
     *
     * @throws ImageException.FailedPrecondition when the namespace is empty
     * @throws ImageException.InvalidArgument when it is longer than {@value ImageValidator#MAX_NAMESPACE_LENGTH} bytes
     *     or not made of letters and digits with single {@code . _ -} between them
     */
    AsyncImageStore async(String namespace);

    /** Returns the store of a namespace; the same errors as {@link #async}. */
    default ImageStore namespace(String namespace) {
        return new BlockingImageStore(async(namespace));
    }

    /** Releases what the stores hold; calls that come later fail with {@link ImageException.Unavailable}. */
    @Override
    void close();
}
