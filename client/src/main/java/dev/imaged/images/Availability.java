package dev.imaged.images;

import dev.imaged.oci.Descriptor;
import java.util.List;

/**
 * The parts of an image that the source has, and those that it lacks. Immutable and thread-safe.
 *
 * @param available whether the source has the manifest, which says which parts are required
 * @param required the config and the layers; when the image is not available, the first document that is missing, or
 *     the target when no entry of an index matches the platform
 * @param present the required parts that the source has
 * @param missing the required parts that the source lacks
 */
public record Availability(
        boolean available, List<Descriptor> required, List<Descriptor> present, List<Descriptor> missing) {
    public Availability {
        required = List.copyOf(required);
        present = List.copyOf(present);
        missing = List.copyOf(missing);
    }

    static Availability unavailable(Descriptor missing) {
        return new Availability(false, List.of(missing), List.of(), List.of(missing));
    }

    /** Whether nothing is missing. */
    public boolean complete() {
        return available && missing.isEmpty();
    }
}
