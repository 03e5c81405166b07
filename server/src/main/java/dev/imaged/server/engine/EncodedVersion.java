package dev.imaged.server.engine;

import com.google.protobuf.ByteString;

/**
 * An encoded image with what tells its state from all others, as {@link dev.imaged.images.VersionedImage}. Immutable.
 *
 * @param namespace the namespace of the image
 * @param image the encoded {@code Image} message
 * @param revision the revision of the commit that last changed the image
 * @param createdRevision the revision of the commit that created the image, 0 when that is not known
 */
public record EncodedVersion(String namespace, ByteString image, long revision, long createdRevision) {}
