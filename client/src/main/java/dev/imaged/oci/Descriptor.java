package dev.imaged.oci;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Names a piece of content: its type, its size, and the digest by which its bytes are found (OCI image-spec,
 * descriptor.md). Immutable and thread-safe. Nothing is checked here: a store checks the descriptors that it is given.
 *
 * @param mediaType the type of the content, see {@link MediaType}
 * @param digest the digest of the content, see {@link Digest}
 * @param size the size of the content in bytes
 * @param annotations what else its author says about the content, in ascending order of the keys
 * @param platform the platform that the image behind an entry of an index runs on, null when the entry does not say
 * @param artifactType the type of the artifact behind an entry of an index, empty when the entry does not say
 * @param urls where else the content is available
 * @param data the content itself in base64 (RFC 4648, section 4), empty when it is not embedded; data that does not
 *     match the digest does not count, see {@link dev.imaged.content.Blobs}
 */
public record Descriptor(
        String mediaType,
        String digest,
        long size,
        Map<String, String> annotations,
        @Nullable Platform platform,
        String artifactType,
        List<String> urls,
        String data) {
    /** The descriptor with nothing in it; no store accepts it as a target. */
    public static final Descriptor EMPTY = new Descriptor("", "", 0);

    public Descriptor {
        annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
        urls = List.copyOf(urls);
    }

    /** A descriptor with the fields that the Images API carries. */
    public Descriptor(String mediaType, String digest, long size, Map<String, String> annotations) {
        this(mediaType, digest, size, annotations, null, "", List.of(), "");
    }

    /** A descriptor without annotations. */
    public Descriptor(String mediaType, String digest, long size) {
        this(mediaType, digest, size, Map.of());
    }

    /** Returns this descriptor with other annotations. */
    public Descriptor withAnnotations(Map<String, String> other) {
        return new Descriptor(mediaType, digest, size, other, platform, artifactType, urls, data);
    }

    /** Returns this descriptor with another platform. */
    public Descriptor withPlatform(@Nullable Platform other) {
        return new Descriptor(mediaType, digest, size, annotations, other, artifactType, urls, data);
    }

    /** Returns this descriptor with another artifact type. */
    public Descriptor withArtifactType(String other) {
        return new Descriptor(mediaType, digest, size, annotations, platform, other, urls, data);
    }

    /** Returns this descriptor with other places where the content is available. */
    public Descriptor withUrls(List<String> other) {
        return new Descriptor(mediaType, digest, size, annotations, platform, artifactType, other, data);
    }

    /** Returns this descriptor with other embedded content, in base64. */
    public Descriptor withData(String other) {
        return new Descriptor(mediaType, digest, size, annotations, platform, artifactType, urls, other);
    }
}
