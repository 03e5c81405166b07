package dev.imaged.server.store.write;

import dev.imaged.images.Image;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Schema;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes the entries by which images are found. */
final class ImageIndexes {
    private static final byte[] NOTHING = {};

    private ImageIndexes() {}

    /**
     * Writes what differs between an image and the one before it. An entry that stays is not written again.
     *
     * @param was null when there was none
     * @param image null when there is none any more
     */
    static void write(WriteBatch batch, String namespace, String name, @Nullable Image was, @Nullable Image image) {
        boolean isSameTarget = was != null
                && image != null
                && was.target().digest().equals(image.target().digest());
        if (was != null && !isSameTarget) {
            batch.delete(Schema.BY_DIGEST, Keys.digestEntry(namespace, was));
        }
        if (image != null && !isSameTarget) {
            batch.put(Schema.BY_DIGEST, Keys.digestEntry(namespace, image), NOTHING);
        }
        Map<String, String> oldLabels = was == null ? Map.of() : was.labels();
        Map<String, String> labels = image == null ? Map.of() : image.labels();
        forEachMissing(
                oldLabels,
                labels,
                (label, value) -> batch.delete(Schema.BY_LABEL, Keys.labelEntry(namespace, name, label, value)));
        forEachMissing(
                labels,
                oldLabels,
                (label, value) -> batch.put(Schema.BY_LABEL, Keys.labelEntry(namespace, name, label, value), NOTHING));
    }

    /** Notes a namespace. A value that is put again would be written again. */
    static void addNamespace(WriteBatch batch, String namespace) {
        byte[] key = Keys.utf8(namespace);
        if (!batch.contains(Schema.NAMESPACES, key)) {
            batch.put(Schema.NAMESPACES, key, NOTHING);
        }
    }

    private interface EntryAction {
        void accept(String key, String value);
    }

    private static void forEachMissing(Map<String, String> from, Map<String, String> in, EntryAction action) {
        from.forEach((key, value) -> {
            if (!value.equals(in.get(key))) {
                action.accept(key, value);
            }
        });
    }
}
