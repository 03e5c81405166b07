package dev.imaged.images;

import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.oci.MediaType;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The labels by which containerd's garbage collection follows content to other content (its docs, garbage-collection.md). */
final class GcLabels {
    private static final String CONTENT = "containerd.io/gc.ref.content.";
    private static final String REFERRER = CONTENT + "referrer.sha256.";
    private static final int REFERRER_DIGITS = 12;

    private GcLabels() {}

    /** Returns the labels for content that refers to children, in the order of the children. */
    static Map<String, String> of(List<Descriptor> children) {
        Map<String, Integer> counts = new HashMap<>();
        Map<String, String> labels = new LinkedHashMap<>();
        for (Descriptor child : children) {
            String prefix = prefix(child);
            int index = counts.merge(prefix, 1, Integer::sum) - 1;
            labels.put(prefix + suffix(prefix, index, child), child.digest());
        }
        return labels;
    }

    private static String prefix(Descriptor child) {
        String mediaType = child.mediaType();
        if (child.annotations().containsKey(Handlers.SUBJECT_ANNOTATION)) {
            return REFERRER;
        } else if (MediaType.isKnownConfig(mediaType)) {
            return CONTENT + "config";
        } else if (MediaType.isManifest(mediaType)) {
            return CONTENT + "m.";
        } else if (MediaType.isLayer(mediaType)) {
            return CONTENT + "l.";
        }
        return CONTENT;
    }

    private static String suffix(String prefix, int index, Descriptor child) {
        if (prefix.equals(REFERRER)) {
            return Digest.parse(child.digest()).encoded().substring(0, REFERRER_DIGITS);
        }
        return index == 0 && !prefix.endsWith(".") ? "" : Integer.toString(index);
    }
}
