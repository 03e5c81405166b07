package dev.imaged.oci;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a piece of content is and by which digest its bytes are found (OCI image-spec, descriptor.md).
 * Immutable and thread-safe. Nothing is checked here: a store checks what it is given.
 *
 * @param mediaType the type of the content, see {@link MediaType}
 * @param digest the digest of the content, see {@link Digest}
 * @param size the size of the content in bytes
 * @param annotations what else its author says of the content, in ascending order of the keys
 */
public record Descriptor(String mediaType, String digest, long size, Map<String, String> annotations) {
    /** The descriptor with nothing in it; no store accepts it as a target. */
    public static final Descriptor EMPTY = new Descriptor("", "", 0);

    public Descriptor {
        annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
    }

    /** A descriptor without annotations. */
    public Descriptor(String mediaType, String digest, long size) {
        this(mediaType, digest, size, Map.of());
    }

    /** Returns this descriptor with other annotations. */
    public Descriptor withAnnotations(Map<String, String> other) {
        return new Descriptor(mediaType, digest, size, other);
    }
}
