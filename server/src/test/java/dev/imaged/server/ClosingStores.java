package dev.imaged.server;

import dev.imaged.images.AsyncHistory;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.AsyncPages;
import dev.imaged.images.AsyncTransactions;
import dev.imaged.images.Changes;
import dev.imaged.images.History;
import dev.imaged.images.ImageStores;
import dev.imaged.images.Pages;
import dev.imaged.images.Transactions;
import java.util.Optional;

/**
 * Stores that do something else when they are closed.
 *
 * @param onClose does that, instead of closing the stores
 */
public record ClosingStores(ImageStores stores, Runnable onClose) implements ImageStores {
    /** Returns stores that also close what they are over, after themselves. */
    public static ClosingStores with(ImageStores stores, Runnable also) {
        return new ClosingStores(stores, () -> {
            stores.close();
            also.run();
        });
    }

    /** Returns stores that stay open when they are closed. */
    public static ClosingStores keeping(ImageStores stores) {
        return new ClosingStores(stores, () -> {});
    }

    @Override
    public AsyncImageStore async(String namespace) {
        return stores.async(namespace);
    }

    @Override
    public Optional<AsyncPages> asyncPages(String namespace) {
        return stores.asyncPages(namespace);
    }

    @Override
    public Optional<Pages> pages(String namespace) {
        return stores.pages(namespace);
    }

    @Override
    public Optional<AsyncHistory> asyncHistory(String namespace) {
        return stores.asyncHistory(namespace);
    }

    @Override
    public Optional<History> history(String namespace) {
        return stores.history(namespace);
    }

    @Override
    public Optional<Changes> changes() {
        return stores.changes();
    }

    @Override
    public Optional<AsyncTransactions> asyncTransactions(String namespace) {
        return stores.asyncTransactions(namespace);
    }

    @Override
    public Optional<Transactions> transactions(String namespace) {
        return stores.transactions(namespace);
    }

    @Override
    public void close() {
        onClose.run();
    }
}
