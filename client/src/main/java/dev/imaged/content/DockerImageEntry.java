package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * An image in {@code manifest.json}, as {@code docker save} lists it.
 *
 * @param place the name of the entry in messages
 * @param config the path of its config, empty when the entry does not say
 * @param names its names as they are written there
 * @param layers the paths of its layers, from the lowest up
 */
record DockerImageEntry(String place, String config, List<String> names, List<String> layers) {
    static final String MANIFEST_FILE = "manifest.json";
    private static final JsonKeys KEYS = JsonKeys.of("Config", "RepoTags", "Layers");

    /**
     * Reads the list. Keys count in any case, because Docker and containerd, which are written in Go, read them so.
     *
     * @throws InvalidArgument when it is missing, breaks a rule of {@link StrictJson} or has one key in two cases
     */
    static List<DockerImageEntry> list(LayoutFiles files) throws IOException {
        String file = files.describe(MANIFEST_FILE);
        FileExtent extent = files.find(MANIFEST_FILE);
        if (extent == null) {
            throw new InvalidArgument(file + ": is missing, so this is not an archive of docker save");
        }
        return StrictJson.<List<DockerImageEntry>>read(
                file, extent.readDocument(file), json -> json.list(DockerImageEntry::read));
    }

    /** Returns its names in full; a name that is not valid stays as it is written. */
    List<String> fullNames() {
        return names.stream().map(DockerReference::normalizeIfValid).toList();
    }

    private static DockerImageEntry read(StrictJson json) throws IOException {
        var fields = new Object() {
            String config = "";
            List<String> names = List.of();
            List<String> layers = List.of();
        };
        String place = json.place();
        Set<String> keys = new HashSet<>();
        json.object(key -> {
            String known = Objects.requireNonNullElse(KEYS.find(key), "");
            switch (known) {
                case "Config" -> fields.config = json.text();
                case "RepoTags" -> fields.names = json.listOfTexts();
                case "Layers" -> fields.layers = json.listOfTexts();
                default -> {
                    return;
                }
            }
            if (!keys.add(known)) {
                throw json.invalid("repeats " + known + " in another case");
            }
        });
        return new DockerImageEntry(place, fields.config, fields.names, fields.layers);
    }
}
