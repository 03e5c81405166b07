package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.concurrent.CompletableFuture;

/**
 * The past of the images of one namespace; no call waits for its answer. {@link History} says what each call does, and with which errors.
 *
 * <p>No call throws: the future fails instead, always with an {@link ImageException}. Futures may complete on the store's own threads, so
 * code that depends on a future must not block. Cancelling a future ends the call. Thread-safe.
 */
public interface AsyncHistory {
    /** See {@link History#get}. */
    CompletableFuture<VersionedImage> get(String name, AsOf asOf);

    /** See {@link History#changes(String, int, String)}. */
    CompletableFuture<HistoryPage> changes(String name, int size, String token);

    /** Returns the newest changes of a name, as {@link #changes(String, int, String)} does. */
    default CompletableFuture<HistoryPage> changes(String name) {
        return changes(name, 0, "");
    }
}
