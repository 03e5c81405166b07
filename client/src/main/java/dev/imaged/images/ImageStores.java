package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.Optional;

/**
 * The image stores of all namespaces, as a connection or an engine offers them. Thread-safe.
 *
 * <p>A namespace is a partition of the names. Nobody has to create it: it exists from its first image on, and lists no
 * images before.
 */
public interface ImageStores extends AutoCloseable {
    /**
     * Returns the store of a namespace whose calls do not wait.
     *
     * @throws ImageException.FailedPrecondition when the namespace is empty
     * @throws ImageException.InvalidArgument when it is longer than {@value ImageValidator#MAX_NAMESPACE_LENGTH} bytes
     *     or not made of letters and digits with single {@code . _ -} between them
     */
    AsyncImageStore async(String namespace);

    /** Returns the store of a namespace; throws the same errors as {@link #async}. */
    default ImageStore namespace(String namespace) {
        return new BlockingImageStore(async(namespace), () -> pages(namespace), () -> transactions(namespace));
    }

    /**
     * Returns long lists of a namespace, as they are or as they were, if the stores can give them: {@code imaged} can, a plain
     * containerd cannot. A connection asks its other end once, and this call waits for the answer; those of the result do not wait.
     * So call it before, not in a callback of a future, whose thread may be the one that brings the answer.
     *
     * @throws ImageException as {@link #async} does; and when the other end does not answer
     */
    default Optional<AsyncPages> asyncPages(String namespace) {
        return Optional.empty();
    }

    /** Returns long lists of a namespace whose calls wait for the answer; everything else is as {@link #asyncPages} says. */
    default Optional<Pages> pages(String namespace) {
        return asyncPages(namespace).map(BlockingPages::new);
    }

    /**
     * Returns the past of the images of a namespace, if the stores keep it: {@code imaged} does, a plain containerd does not. A
     * connection asks its other end once, and this call waits for the answer; those of the result do not wait.
     * So call it before, not in a callback of a future, whose thread may be the one that brings the answer.
     *
     * @throws ImageException as {@link #async} does; and when the other end does not answer
     */
    default Optional<AsyncHistory> asyncHistory(String namespace) {
        return Optional.empty();
    }

    /** Returns the past of a namespace with calls that wait for the answer; everything else is as {@link #asyncHistory} says. */
    default Optional<History> history(String namespace) {
        return asyncHistory(namespace).map(BlockingHistory::new);
    }

    /**
     * Returns the changes of the images of all namespaces; empty when the stores do not tell them, as a connection to a plain containerd.
     *
     * @throws ImageException when the daemon cannot be asked whether it does
     */
    default Optional<Changes> changes() {
        return Optional.empty();
    }

    /**
     * Returns what changes several images of a namespace at once; empty when these stores cannot, such as those of containerd. A
     * connection asks its other end once, and this call waits for the answer; those of the result do not wait.
     * So call it before, not in a callback of a future, whose thread may be the one that brings the answer.
     *
     * @throws ImageException as {@link #async} does; and when the other end does not answer
     */
    default Optional<AsyncTransactions> asyncTransactions(String namespace) {
        return Optional.empty();
    }

    /** Returns the transactions of a namespace with calls that wait for the answer; everything else is as {@link #asyncTransactions} says. */
    default Optional<Transactions> transactions(String namespace) {
        return asyncTransactions(namespace).map(BlockingTransactions::new);
    }

    /** Releases the resources of the stores; later calls fail with {@link ImageException.Unavailable}. */
    @Override
    void close();
}
