package dev.imaged.server.store;

import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.images.TransactionPlan.Stored;
import dev.imaged.images.VersionedImage;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.write.WriteTransaction;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The images that a request reads, each once, and only so many bytes of them. For one thread. */
final class ReadImages implements Stored {
    /** Twice the largest image: any one operation has a place. */
    private static final long MAX_BYTES = 2L * EncodedResponse.MAX_BYTES;

    private final WriteTransaction transaction;
    private final String namespace;
    private final Map<String, Optional<DecodedRecord>> read = new HashMap<>();
    private long bytes;

    ReadImages(WriteTransaction transaction, String namespace) {
        this.transaction = transaction;
        this.namespace = namespace;
    }

    /**
     * Returns the record of an image, null when there is none.
     *
     * @throws ResourceExhausted when the request reads too much
     */
    @Nullable
    DecodedRecord record(String name) {
        Optional<DecodedRecord> known = read.get(name);
        if (known == null) {
            DecodedRecord found = transaction.find(namespace, name);
            bytes += found == null ? 0 : found.record().size();
            if (bytes > MAX_BYTES) {
                throw ResourceExhausted.tooLarge(
                        "the images of the request take more than " + MAX_BYTES
                                + " bytes: change fewer of them at once",
                        null);
            }
            known = Optional.ofNullable(found);
            read.put(name, known);
        }
        return known.orElse(null);
    }

    @Override
    public @Nullable VersionedImage find(String name) {
        DecodedRecord found = record(name);
        return found == null
                ? null
                : new VersionedImage(
                        namespace,
                        found.image(),
                        found.record().modifiedRevision(),
                        found.record().createdRevision());
    }

    @Override
    public long lastRevision(String name) {
        DecodedRecord found = record(name);
        return found == null
                ? transaction.deletedRevision(namespace, name)
                : found.record().modifiedRevision();
    }
}
