package dev.imaged.images;

import dev.imaged.oci.Descriptor;
import java.util.List;

/**
 * What of an image is there. Immutable and thread-safe.
 *
 * @param available whether the manifest is there, so that it is known what is required
 * @param required the config and the layers; when the image is not available, the first document that is missing, or
 *     the target when no entry of an index matches the platform
 * @param present what of that is there
 * @param missing what of that is not there
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
