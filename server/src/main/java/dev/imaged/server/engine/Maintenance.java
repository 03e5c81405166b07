package dev.imaged.server.engine;

import dev.imaged.errors.ImageException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * What an operator does with a whole store, all namespaces of it, while it serves or is at rest. Thread-safe.
 *
 * <p>Every method throws {@link ImageException.Unavailable} when the store does not answer.
 */
public interface Maintenance extends AutoCloseable {
    /** Returns how much the store holds. */
    StoreStats stats();

    /** Returns the namespaces that have or had images, in byte order. */
    List<String> namespaces();

    /** Reads all of the store, at one revision, and compares what has to agree. What is damaged is reported, not thrown. */
    CheckReport check();

    /**
     * Shows all images at one revision, by namespace and name in byte order.
     *
     * @throws ImageException.DataLoss when an image is damaged; those before it were shown
     */
    void dump(Consumer<NamespacedImage> images);

    /**
     * Begins to take images over exactly as they are, times included.
     *
     * @param replace whether a name that has another image gets this one
     */
    Load load(boolean replace);

    /**
     * Copies the store's files as they are at one revision.
     *
     * @return that revision
     * @throws ImageException.DataLoss when a file is damaged
     * @throws IOException when the sink throws it
     */
    long backup(BackupSink sink) throws IOException;

    @Override
    void close();

    /** Images on their way into a store. Closed before it is finished, it stores no more than it has. For one thread. */
    interface Load extends AutoCloseable {
        /**
         * Hands an image over; it may wait until others are stored.
         *
         * @throws ImageException.InvalidArgument when this or an earlier image breaks a rule
         * @throws ImageException.AlreadyExists when the name of this or an earlier image has another image, and is not to
         *     be replaced
         */
        void add(NamespacedImage image);

        /**
         * Waits until all are stored.
         *
         * @throws ImageException as {@link #add}
         */
        LoadReport finish();

        @Override
        void close();
    }
}
