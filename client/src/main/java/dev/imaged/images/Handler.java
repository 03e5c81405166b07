package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.util.List;

/**
 * Handles one descriptor and returns the descriptors under it: one step of a {@link Walk} or a {@link Dispatch}. A
 * handler that is given to {@link Dispatch} has to be thread-safe.
 */
@FunctionalInterface
public interface Handler {
    /**
     * Handles a descriptor.
     *
     * @return the descriptors to handle next, none when there are none
     * @throws SkipDescriptor to leave out the rest of this descriptor and all descriptors under it
     * @throws StopHandler to leave out the later handlers of a sequence
     * @throws ImageException when the content is missing or broken
     * @throws IOException when the source of the content fails
     */
    List<Descriptor> handle(Descriptor descriptor) throws IOException;
}
