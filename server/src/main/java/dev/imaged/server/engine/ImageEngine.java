package dev.imaged.server.engine;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Position;
import dev.imaged.maintenance.Maintenance;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the images of all namespaces durably. Thread-safe.
 *
 * <p>An acknowledged write survives a crash and a power cut. A write that is not acknowledged is whole or absent.
 */
public interface ImageEngine extends AutoCloseable {
    /**
     * Returns the images of a namespace.
     *
     * @throws ImageException.FailedPrecondition when the namespace is empty
     * @throws ImageException.InvalidArgument when the namespace breaks a rule
     */
    EncodedImages namespace(String namespace);

    /** Returns what the engine knows beyond the Images API. */
    ImageCatalog catalog();

    /** Returns what changes several images at once. */
    ImageTransactions transactions();

    /** Returns the maintenance of the whole store; closing it does nothing. */
    Maintenance maintenance();

    /** Returns the name of the engine, for those who ask what the daemon is. */
    String name();

    /**
     * Whether the engine has all that was acknowledged at every moment, or reads are content with what it has, so that they do not need
     * {@link #whenCurrent}.
     */
    default boolean isAlwaysCurrent() {
        return true;
    }

    /**
     * A read that has to be current.
     *
     * @param owner takes turns with others, such as a connection
     * @param notBefore the position that is current enough for the caller; null when there is none
     * @param isForWrite whether something is written by what is read, so that nothing but the newest will do
     * @param read runs on the thread of the caller or on another; like work on a transport thread, it must not take long
     * @param otherwise takes the error instead, when the engine cannot become current; on any thread, it must not block
     */
    record CurrentRead(
            Object owner,
            @Nullable Position notBefore,
            boolean isForWrite,
            Runnable read,
            Consumer<Throwable> otherwise) {}

    /**
     * Runs a read once the engine has all that was acknowledged before, to whomever. An engine that is always current runs it at once.
     */
    default void whenCurrent(CurrentRead read) {
        read.read().run();
    }

    /** Tells {@code listener} at once, and at every change, whether the engine answers. */
    void onServing(ServingListener listener);

    /** Completes the writes that wait, then releases everything. Later calls fail with Unavailable. */
    @Override
    void close();

    /** Hears whether an engine answers. Called on the engine's threads: it must not block. */
    interface ServingListener {
        void servingChanged(boolean serving);
    }
}
