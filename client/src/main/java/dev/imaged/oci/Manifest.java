package dev.imaged.oci;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The parts of one image: a config and layers (OCI image-spec, manifest.md; Docker image manifest, schema 2). Immutable
 * and thread-safe.
 *
 * @param mediaType the media type that the document says, empty when it says none
 * @param artifactType the type of the artifact, empty when the manifest is that of an image
 * @param config the config of the image, or the descriptor that an artifact has instead
 * @param layers the layers from the lowest up
 * @param subject the manifest to which this manifest refers, null when there is none
 * @param annotations what else its author says, in ascending order of the keys
 */
public record Manifest(
        String mediaType,
        String artifactType,
        Descriptor config,
        List<Descriptor> layers,
        @Nullable Descriptor subject,
        Map<String, String> annotations) {
    public Manifest {
        layers = List.copyOf(layers);
        annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
    }
}
