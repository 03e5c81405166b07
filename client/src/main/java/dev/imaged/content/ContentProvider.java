package dev.imaged.content;

import dev.imaged.errors.ImageException;
import dev.imaged.oci.Descriptor;
import java.io.IOException;

/** Content that can be read, found by digest. Implementations are thread-safe. */
@FunctionalInterface
public interface ContentProvider {
    /**
     * Opens a blob for reading at any position; the caller closes it. Only the digest of the descriptor counts: the
     * blob at the source may have another size, and other bytes.
     *
     * @throws ImageException.NotFound when the source does not have the blob
     * @throws ImageException.InvalidArgument when the descriptor's digest is not valid
     * @throws IOException when the source cannot be read
     */
    ContentReader open(Descriptor blob) throws IOException;
}
