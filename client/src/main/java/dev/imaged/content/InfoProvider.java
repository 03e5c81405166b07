package dev.imaged.content;

import dev.imaged.errors.ImageException;
import java.io.IOException;

/** Content whose source knows more about a blob than its bytes. Implementations are thread-safe. */
@FunctionalInterface
public interface InfoProvider {
    /**
     * Returns what the source knows about a blob, without reading its bytes.
     *
     * @throws ImageException.NotFound when the source does not have the blob
     * @throws ImageException.InvalidArgument when the digest is not valid
     * @throws IOException when the source cannot be read
     */
    ContentInfo info(String digest) throws IOException;
}
