package dev.imaged.content;

import dev.imaged.errors.ImageException;
import java.io.IOException;

/** Content of which more is known than its bytes. Implementations are thread-safe. */
@FunctionalInterface
public interface InfoProvider {
    /**
     * Returns what is known of a blob, without reading its bytes.
     *
     * @throws ImageException.NotFound when the source does not have the blob
     * @throws ImageException.InvalidArgument when the digest is none
     * @throws IOException when the source cannot be read
     */
    ContentInfo info(String digest) throws IOException;
}
