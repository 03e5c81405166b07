package dev.imaged.maintenance;

import dev.imaged.errors.ImageException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Maintenance of a whole store with all its namespaces. A daemon may serve the store meanwhile. Thread-safe.
 *
 * <p>Every method throws {@link ImageException.Unavailable} when the store does not answer.
 */
public interface Maintenance extends AutoCloseable {
    /** Returns how much the store holds. */
    StoreStats stats();

    /** Returns the namespaces that have or had images, in byte order. */
    List<String> namespaces();

    /**
     * Reads the whole store at one revision, and compares the parts that have to agree. Damage is in the report, not thrown.
     */
    CheckReport check();

    /**
     * Passes on all images at one revision, by namespace and name in byte order.
     *
     * @throws ImageException.DataLoss when an image is damaged; the images before it were passed on
     */
    void dump(Consumer<NamespacedImage> images);

    /**
     * Starts to store images exactly as they are, times included.
     *
     * @param replace whether an image replaces another one of the same name
     */
    Load load(boolean replace);

    /**
     * Copies the store's files as they are at one revision.
     *
     * @return the revision
     * @throws ImageException.DataLoss when a file is damaged
     * @throws IOException when the sink throws it
     */
    long backup(BackupSink sink) throws IOException;

    @Override
    void close();

    /**
     * Stores images one after the other. When it is closed before {@link #finish}, it stores no further images. For one
     * thread.
     */
    interface Load extends AutoCloseable {
        /**
         * Hands an image over; may wait until earlier images are stored.
         *
         * @throws ImageException.InvalidArgument when this or an earlier image breaks a rule
         * @throws ImageException.AlreadyExists when this or an earlier image differs from the stored image of its name,
         *     and must not replace it
         */
        void add(NamespacedImage image);

        /**
         * Waits until all images are stored.
         *
         * @throws ImageException as {@link #add} does
         */
        LoadReport finish();

        @Override
        void close();
    }
}
