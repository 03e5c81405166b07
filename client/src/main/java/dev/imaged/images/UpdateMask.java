package dev.imaged.images;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.oci.Descriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The fields of an image that an update replaces. Immutable and thread-safe.
 *
 * <p>The paths are {@code labels}, {@code labels.KEY}, {@code target}, {@code annotations} and {@code annotations.KEY};
 * a key is everything after the first dot, verbatim. A key that the update lacks is removed. A mask without paths
 * replaces all of these. An update that does not replace the target may leave it empty ({@link Descriptor#EMPTY}).
 *
 * @param paths the paths, applied from left to right
 */
public record UpdateMask(List<String> paths) {
    private static final UpdateMask ALL = new UpdateMask(List.of());

    public UpdateMask {
        paths = List.copyOf(paths);
    }

    /** The mask that replaces labels, target and annotations. */
    public static UpdateMask all() {
        return ALL;
    }

    /** The mask of these paths; they are checked when the mask is applied. */
    public static UpdateMask of(String... paths) {
        return new UpdateMask(List.of(paths));
    }

    /** The mask that replaces the target together with its annotations: moving a tag does that. */
    public static UpdateMask target() {
        return of("target");
    }

    /** The mask that replaces all labels. */
    public static UpdateMask labels() {
        return of("labels");
    }

    /** The mask that sets one label, or removes it when the update has no value for it. */
    public static UpdateMask label(String key) {
        return of("labels." + key);
    }

    /** The mask that replaces all annotations of the target. */
    public static UpdateMask annotations() {
        return of("annotations");
    }

    /** The mask that sets one annotation of the target, or removes it when the update has no value for it. */
    public static UpdateMask annotation(String key) {
        return of("annotations." + key);
    }

    /** Returns a mask of the paths of this one followed by those of another; all fields stay all fields. */
    public UpdateMask and(UpdateMask other) {
        if (paths.isEmpty() || other.paths.isEmpty()) {
            return ALL;
        }
        List<String> both = new ArrayList<>(paths);
        both.addAll(other.paths);
        return new UpdateMask(both);
    }

    /**
     * Returns {@code existing} with the fields of this mask taken from {@code update}. A key to be removed has an empty
     * value in the result, so that its size is still checked; the store drops empty values.
     *
     * @throws InvalidArgument when a path is not one of the above, naming the first such path
     */
    Image apply(Image existing, Image update) {
        if (paths.isEmpty()) {
            return existing.withLabels(update.labels()).withTarget(update.target());
        }
        Map<String, String> labels = new TreeMap<>(existing.labels());
        Descriptor target = existing.target();
        Map<String, String> annotations = new TreeMap<>(target.annotations());
        for (String path : paths) {
            if (path.equals("labels")) {
                replace(labels, update.labels());
            } else if (path.startsWith("labels.")) {
                copyKey(path.substring("labels.".length()), update.labels(), labels);
            } else if (path.equals("target")) {
                target = update.target();
                replace(annotations, target.annotations());
            } else if (path.equals("annotations")) {
                replace(annotations, update.target().annotations());
            } else if (path.startsWith("annotations.")) {
                copyKey(path.substring("annotations.".length()), update.target().annotations(), annotations);
            } else {
                throw new InvalidArgument(
                        "cannot update " + GoQuote.quote(path) + " field on image " + GoQuote.quote(existing.name()));
            }
        }
        return existing.withLabels(labels).withTarget(target.withAnnotations(annotations));
    }

    private static void replace(Map<String, String> entries, Map<String, String> by) {
        entries.clear();
        entries.putAll(by);
    }

    private static void copyKey(String key, Map<String, String> from, Map<String, String> to) {
        to.put(key, from.getOrDefault(key, ""));
    }
}
