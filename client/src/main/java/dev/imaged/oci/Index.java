package dev.imaged.oci;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A list of manifests, one for each platform, or a Docker manifest list (OCI image-spec, image-index.md). Immutable and
 * thread-safe.
 *
 * @param mediaType the media type that the document says, empty when it says none
 * @param artifactType the type of the artifact, empty when there is none
 * @param manifests the manifests and further indexes, in the order of the document
 * @param subject the manifest to which this index refers, null when there is none
 * @param annotations what else its author says, in ascending order of the keys
 */
public record Index(
        String mediaType,
        String artifactType,
        List<Descriptor> manifests,
        @Nullable Descriptor subject,
        Map<String, String> annotations) {
    public Index {
        manifests = List.copyOf(manifests);
        annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
    }
}
