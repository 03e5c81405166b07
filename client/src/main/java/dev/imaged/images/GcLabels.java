package dev.imaged.images;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.oci.MediaType;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The labels by which containerd's garbage collection follows content to other content (its docs,
 * garbage-collection.md). The digest of each child of a piece of content is the value of one or more labels on that
 * content; a function gives the keys.
 */
public final class GcLabels {
    /** On an image: the time (RFC 3339) from which on a collection removes it. */
    public static final String EXPIRE = "containerd.io/gc.expire";

    private static final String CONTENT = "containerd.io/gc.ref.content.";

    /** The start of the child's digest completes a key that ends in this. */
    private static final String DIGEST_SUFFIX = ".sha256.";

    private static final int DIGEST_DIGITS = 12;

    private GcLabels() {}

    /**
     * Returns the key for a child: {@code containerd.io/gc.ref.content.} with {@code config}, with {@code m.} for a
     * manifest, {@code l.} for a layer, {@code referrer.sha256.} for a referrer, and with nothing for other content.
     */
    public static List<String> childLabels(Descriptor child) {
        String mediaType = child.mediaType();
        if (child.annotations().containsKey(Handlers.SUBJECT_ANNOTATION)) {
            return List.of(CONTENT + "referrer.sha256.");
        } else if (MediaType.isKnownConfig(mediaType)) {
            return List.of(CONTENT + "config");
        } else if (MediaType.isManifest(mediaType)) {
            return List.of(CONTENT + "m.");
        } else if (MediaType.isLayer(mediaType)) {
            return List.of(CONTENT + "l.");
        }
        return List.of(CONTENT);
    }

    /** Returns the key for a child as {@link #childLabels} does, none for a layer, which is then collected. */
    public static List<String> childLabelsFilterLayers(Descriptor child) {
        return MediaType.isLayer(child.mediaType()) ? List.of() : childLabels(child);
    }

    /** Returns the labels for content that refers to children, in the order of the children. */
    static Map<String, String> of(List<Descriptor> children, Function<Descriptor, List<String>> keys) {
        Map<String, Integer> counts = new HashMap<>();
        Map<String, String> labels = new LinkedHashMap<>();
        for (Descriptor child : children) {
            for (String key : keys.apply(child)) {
                int index = counts.merge(key, 1, Integer::sum) - 1;
                labels.put(key + suffix(key, index, child), child.digest());
            }
        }
        return labels;
    }

    private static String suffix(String key, int index, Descriptor child) {
        if (key.isEmpty()) {
            throw new InvalidArgument("the key of the label for " + child.digest() + " is empty: a key is required");
        } else if (key.endsWith(DIGEST_SUFFIX)) {
            return Digest.parse(child.digest()).encoded().substring(0, DIGEST_DIGITS);
        }
        return index == 0 && !key.endsWith(".") ? "" : Integer.toString(index);
    }
}
