package dev.imaged.content;

import dev.imaged.errors.ImageException;
import java.io.IOException;
import java.util.Map;

/** Content whose labels can be changed. Implementations are thread-safe. */
public interface ContentManager extends InfoProvider {
    /**
     * Sets labels of a blob, removes those whose value is empty and leaves the others as they are; one atomic step.
     * Without labels to set, nothing changes.
     *
     * @return what is known of the blob afterwards
     * @throws ImageException.NotFound when the source does not have the blob
     * @throws ImageException.InvalidArgument when the digest is none, a key is empty, or a key and its
     *     value take more than 4096 bytes together
     * @throws IOException when the source cannot be reached
     */
    ContentInfo label(String digest, Map<String, String> labels) throws IOException;
}
