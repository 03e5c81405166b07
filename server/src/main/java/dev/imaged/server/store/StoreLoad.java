package dev.imaged.server.store;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.images.Image;
import dev.imaged.images.ImageRules;
import dev.imaged.images.ImageValidator;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.maintenance.LoadReport;
import dev.imaged.maintenance.LoadReport.Outcome;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.write.Commit;
import dev.imaged.server.store.write.ImageWriter;
import dev.imaged.server.store.write.WriteTransaction;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A load of images through a writer. For one thread. */
final class StoreLoad implements Maintenance.Load {
    /** Few enough to leave room for the writes of others. */
    private static final int MAX_WAITING = 1024;

    private final ImageWriter writer;
    private final boolean replace;
    private final Queue<CompletableFuture<Outcome>> waiting = new ArrayDeque<>();
    private LoadReport report = new LoadReport(0, 0, 0);

    StoreLoad(ImageWriter writer, boolean replace) {
        this.writer = writer;
        this.replace = replace;
    }

    @Override
    public void add(NamespacedImage namespaced) {
        ImageValidator.requireNamespace(namespaced.namespace());
        Image image = ImageRules.load(namespaced.image());
        waiting.add(writer.submit(
                StoreImages.bytes(image), transaction -> load(transaction, namespaced.namespace(), image)));
        if (waiting.size() >= MAX_WAITING) {
            await();
        }
    }

    private Outcome load(WriteTransaction transaction, String namespace, Image image) {
        Commit commit = transaction.begin(namespace);
        DecodedRecord existing = transaction.find(namespace, image.name());
        if (existing == null) {
            commit.createNow(image);
            return Outcome.CREATED;
        } else if (existing.image().equals(image)) {
            return Outcome.UNCHANGED;
        } else if (!replace) {
            throw new AlreadyExists("image " + GoQuote.quote(image.name()) + " in namespace " + namespace
                    + ", which differs from the one to load");
        }
        commit.updateNow(existing, image);
        return Outcome.REPLACED;
    }

    @Override
    public LoadReport finish() {
        while (!waiting.isEmpty()) {
            await();
        }
        return report;
    }

    @Override
    public void close() {
        // Images that the writer already has are stored.
    }

    private void await() {
        try {
            report = report.plus(waiting.remove().join());
        } catch (CompletionException e) {
            throw e.getCause() instanceof ImageException known ? known : e;
        }
    }
}
