package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.filters.Filters;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.GcLabels;
import dev.imaged.images.Image;
import dev.imaged.images.ImageRules;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.engine.ImageQuery;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.write.Commit;
import dev.imaged.server.store.write.ImageWriter;
import dev.imaged.server.store.write.WriteTransaction;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The images of one namespace: reads on a snapshot, writes through a writer. */
record StoreImages(StoreReader reader, ImageWriter writer, String namespace, PlanChoice choice)
        implements EncodedImages {
    private static final Logger log = LoggerFactory.getLogger(StoreImages.class);

    /** What a write holds in memory besides its texts. */
    private static final long WRITE_BYTES = 512;

    /** What a label or an annotation does. */
    private static final long ENTRY_BYTES = 200;

    @Override
    public ByteString get(String name) {
        ImageValidator.requireUnicode("name", name);
        return ImageRules.requireFound(name, reader.get(namespace, name));
    }

    @Override
    public ImageQuery list(List<String> filters) {
        return new StoreQuery(reader, namespace, Filters.parse(filters), choice);
    }

    @Override
    public CompletableFuture<ByteString> create(Image request, WriteOptions options) {
        return writer.submit(bytes(request), transaction -> {
            Commit commit = transaction.begin(namespace);
            boolean exists = transaction.exists(namespace, request.name());
            return commit.createNow(ImageRules.create(exists, request, options, commit.time()));
        });
    }

    @Override
    public CompletableFuture<ByteString> update(Image request, UpdateMask mask, WriteOptions options) {
        return writer.submit(bytes(request), transaction -> {
            Commit commit = transaction.begin(namespace);
            DecodedRecord existing = transaction.find(namespace, request.name());
            Image updated = ImageRules.update(image(existing), request, mask, options, commit.time());
            return commit.updateNow(Objects.requireNonNull(existing), updated);
        });
    }

    @Override
    public CompletableFuture<Void> delete(String name, DeleteOptions options) {
        return writer.submitRemoval(WRITE_BYTES + name.length(), transaction -> {
            Commit commit = transaction.begin(namespace);
            DecodedRecord existing = transaction.find(namespace, name);
            ImageRules.delete(image(existing), name, options);
            commit.deleteNow(Objects.requireNonNull(existing));
            if (options.sync()) {
                collect(transaction);
            }
            return null;
        });
    }

    private static @Nullable Image image(@Nullable DecodedRecord stored) {
        return stored == null ? null : stored.image();
    }

    /** Removes the images of all namespaces that have expired, each in a commit of its own. One that cannot be read stays. */
    static void collect(WriteTransaction transaction) {
        for (String namespace : transaction.namespaces()) {
            for (String name : transaction.namesWithLabel(namespace, GcLabels.EXPIRE)) {
                DecodedRecord existing = findReadable(transaction, namespace, name);
                Commit commit = transaction.begin(namespace);
                if (existing != null && ImageRules.isExpired(existing.image().labels(), commit.time())) {
                    commit.deleteNow(existing);
                }
            }
        }
    }

    private static @Nullable DecodedRecord findReadable(WriteTransaction transaction, String namespace, String name) {
        try {
            return transaction.find(namespace, name);
        } catch (ImageException.DataLoss e) {
            log.warn("an image that may have expired stays: {}", e.getMessage());
            return null;
        }
    }

    /** About how much memory a write of an image holds while it waits. */
    static long bytes(Image request) {
        long bytes = WRITE_BYTES + request.name().length();
        for (var label : request.labels().entrySet()) {
            bytes += ENTRY_BYTES + label.getKey().length() + label.getValue().length();
        }
        for (var annotation : request.target().annotations().entrySet()) {
            bytes += ENTRY_BYTES
                    + annotation.getKey().length()
                    + annotation.getValue().length();
        }
        return bytes;
    }
}
