package dev.imaged.server.store.cache;

import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * An image as a commit leaves it.
 *
 * @param namespace the namespace of the image
 * @param key the key of its record
 * @param value its record, null when it was deleted
 */
public record ImageChange(String namespace, byte[] key, byte @Nullable [] value) {
    static final Comparator<ImageChange> BY_NAME = Comparator.comparing(ImageChange::key, Arrays::compareUnsigned);
}
