package dev.imaged.server;

import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Changes;
import dev.imaged.images.History;
import dev.imaged.images.ImageStores;
import dev.imaged.images.Pages;
import dev.imaged.images.Transactions;
import java.util.Optional;

/**
 * Stores that close what they are over when they are closed.
 *
 * @param also what is closed after them
 */
public record ClosingStores(ImageStores stores, Runnable also) implements ImageStores {
    @Override
    public AsyncImageStore async(String namespace) {
        return stores.async(namespace);
    }

    @Override
    public Optional<Pages> pages(String namespace) {
        return stores.pages(namespace);
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
    public Optional<Transactions> transactions(String namespace) {
        return stores.transactions(namespace);
    }

    @Override
    public void close() {
        stores.close();
        also.run();
    }
}
