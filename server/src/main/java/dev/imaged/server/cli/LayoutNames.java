package dev.imaged.server.cli;

import dev.imaged.content.ImageArchive;
import dev.imaged.errors.Excerpt;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which names the entries of a layout's index get. An entry's annotation {@value ImageArchive#NAME_ANNOTATION} is its name; failing that,
 * {@value #REF_NAME} is either a full reference, which is its name, or only a tag (OCI distribution-spec, "Pulling
 * manifests"), which needs a base name to go with. An only entry without either is the base name's {@value #LATEST}.
 *
 * @param targets the entries that have a name, by it
 * @param unnamed the entries that have none
 */
record LayoutNames(Map<String, Descriptor> targets, List<Descriptor> unnamed) {
    private static final String REF_NAME = "org.opencontainers.image.ref.name";
    private static final String LATEST = "latest";
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

    /**
     * Names the entries of a layout.
     *
     * @param layout what a message calls the layout
     * @param baseName what tags are appended to, null for nothing
     * @throws InvalidArgument when no entry has a name, or one name is that of two targets
     */
    static LayoutNames of(String layout, List<Descriptor> entries, @Nullable String baseName) {
        Map<String, Descriptor> targets = new LinkedHashMap<>();
        List<Descriptor> unnamed = new ArrayList<>();
        for (Descriptor entry : entries) {
            String name = name(entry, baseName, entries.size() == 1);
            if (name == null) {
                unnamed.add(entry);
                continue;
            }
            Descriptor other = targets.putIfAbsent(name, entry);
            if (other != null && !other.digest().equals(entry.digest())) {
                throw new InvalidArgument(layout + ": " + Excerpt.quote(name) + " is the name of both " + other.digest()
                        + " and " + entry.digest());
            }
        }
        if (targets.isEmpty()) {
            throw new InvalidArgument(layout + ": " + whatToDo(unnamed));
        }
        return new LayoutNames(targets, unnamed);
    }

    private static @Nullable String name(Descriptor entry, @Nullable String baseName, boolean only) {
        String full = entry.annotations().getOrDefault(ImageArchive.NAME_ANNOTATION, "");
        String reference = entry.annotations().getOrDefault(REF_NAME, "");
        if (!full.isEmpty()) {
            return full;
        } else if (!reference.isEmpty() && !TAG.matcher(reference).matches()) {
            return reference;
        } else if (baseName == null || (reference.isEmpty() && !only)) {
            return null;
        }
        return baseName + ":" + (reference.isEmpty() ? LATEST : reference);
    }

    private static String whatToDo(List<Descriptor> unnamed) {
        if (unnamed.isEmpty()) {
            return "has no images";
        }
        String tag = unnamed.get(0).annotations().getOrDefault(REF_NAME, "");
        if (!tag.isEmpty()) {
            return "names its images only by tag: give --base-name NAME to register NAME:" + tag;
        } else if (unnamed.size() == 1) {
            return "its image has no name: give --base-name NAME to register NAME:" + LATEST;
        }
        return "its images have no names: write it again with names, as with buildah push IMAGE oci:FOLDER:NAME";
    }
}
