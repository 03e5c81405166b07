package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.util.List;

/**
 * Handles one descriptor and says which descriptors come under it: the step of a {@link Walk} or a {@link Dispatch}.
 * A handler that is given to {@link Dispatch} has to be thread-safe.
 */
@FunctionalInterface
public interface Handler {
    /**
     * Handles a descriptor.
     *
     * @return the descriptors to handle next, none when there are none
     * @throws SkipDescriptor to handle neither the descriptor any further nor what comes under it
     * @throws StopHandler to leave out the handlers behind this one in a sequence
     * @throws ImageException when the content is missing or broken
     * @throws IOException when the source of the content fails
     */
    List<Descriptor> handle(Descriptor descriptor) throws IOException;
}
