package dev.imaged.content;

import dev.imaged.errors.ImageException;
import java.io.IOException;
import java.util.Map;

/** Content whose labels can be changed. Implementations are thread-safe. */
public interface ContentManager extends InfoProvider {
    /**
     * Sets labels of a blob, removes labels whose value is empty, and leaves the others as they are; one atomic step.
     * Without labels to set, nothing changes.
     *
     * @return what the source knows about the blob afterwards
     * @throws ImageException.NotFound when the source does not have the blob
     * @throws ImageException.InvalidArgument when the digest is not valid, a key is empty, or a key and its value
     *     together take more than 4096 bytes
     * @throws IOException when the source cannot be reached
     */
    ContentInfo label(String digest, Map<String, String> labels) throws IOException;
}
