package dev.imaged.server.cli;

import dev.imaged.content.DockerReference;
import dev.imaged.content.ImageArchive;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.oci.Descriptor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names that the images of an archive get. {@link ImageArchive#names} returns full names, or tags (OCI distribution-spec, "Pulling
 * manifests"), which need a base name. An image without a name gets the base name with the tag {@value #LATEST} if it is the only
 * image, and with its digest otherwise. Every name has to be a {@linkplain DockerReference reference}. Not thread-safe.
 */
final class LayoutNames {
    private static final String LATEST = "latest";
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

    private final @Nullable String baseName;
    private final Map<String, Map<String, Descriptor>> imagesByDigest = new LinkedHashMap<>();
    private final List<String> unnamed = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();

    private LayoutNames(@Nullable String baseName) {
        this.baseName = baseName;
    }

    /**
     * Names the images of an archive.
     *
     * @param baseName tags and digests are appended to this; null if there is none
     */
    static LayoutNames of(List<Descriptor> images, @Nullable String baseName) {
        LayoutNames names = new LayoutNames(baseName);
        images.forEach(image -> names.add(image, images.size() == 1));
        names.refuseAmbiguous();
        return names;
    }

    /** Returns the image of each name. */
    Map<String, Descriptor> targets() {
        Map<String, Descriptor> targets = new LinkedHashMap<>();
        imagesByDigest.forEach(
                (name, images) -> targets.put(name, images.values().iterator().next()));
        return targets;
    }

    /** Returns a line for each image that lacks only a base name, with the name that it would get. */
    List<String> unnamed() {
        return unnamed;
    }

    /** Returns a line for each name that is not registered, with the reason. */
    List<String> refused() {
        return refused;
    }

    private void add(Descriptor image, boolean only) {
        List<String> names = ImageArchive.names(image);
        boolean full = image.annotations().containsKey(ImageArchive.NAME_ANNOTATION);
        for (String name : names) {
            if (full || !TAG.matcher(name).matches()) {
                add(name, image);
            } else {
                addToBaseName(":" + name, "only the tag " + name, image);
            }
        }
        if (names.isEmpty()) {
            addToBaseName(only ? ":" + LATEST : "@" + image.digest(), "no name", image);
        }
    }

    private void addToBaseName(String rest, String what, Descriptor image) {
        if (baseName == null) {
            unnamed.add(image.digest() + " has " + what + " and is left out: give --base-name NAME to register NAME"
                    + rest);
        } else {
            add(baseName + rest, image);
        }
    }

    private void add(String name, Descriptor image) {
        Optional<String> problem = DockerReference.problem(name);
        if (problem.isPresent()) {
            refused.add(image.digest() + ": " + Excerpt.quote(name) + " " + problem.get());
            return;
        }
        imagesByDigest.computeIfAbsent(name, key -> new LinkedHashMap<>()).putIfAbsent(image.digest(), image);
    }

    private void refuseAmbiguous() {
        imagesByDigest.entrySet().removeIf(entry -> {
            Set<String> digests = entry.getValue().keySet();
            if (digests.size() > 1) {
                refused.add(Excerpt.quote(entry.getKey()) + " is the name of several images: "
                        + Excerpt.of(String.join(", ", digests)));
            }
            return digests.size() > 1;
        });
    }
}
