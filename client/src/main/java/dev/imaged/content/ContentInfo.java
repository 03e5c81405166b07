package dev.imaged.content;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The facts that a source keeps besides the bytes of a blob (containerd's Content API, {@code Info}). Immutable and thread-safe.
 *
 * @param digest the digest of the blob, see {@link dev.imaged.oci.Digest}
 * @param size the size of the blob in bytes
 * @param createdAt when the source got the blob, UTC; the epoch when it does not know
 * @param updatedAt when the labels last changed, UTC; the epoch when the source does not know
 * @param labels what users of the source say about the blob, in ascending order of the keys
 */
public record ContentInfo(String digest, long size, Instant createdAt, Instant updatedAt, Map<String, String> labels) {
    public ContentInfo {
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }
}
