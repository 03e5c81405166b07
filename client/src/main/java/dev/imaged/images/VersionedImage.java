package dev.imaged.images;

/**
 * An image with what tells its state from all others. Immutable.
 *
 * @param namespace the namespace of the image
 * @param image the image
 * @param revision the revision of the commit that last changed the image
 * @param createdRevision the revision of the commit that created the image, since it was last absent; 0 when that is not known any more
 */
public record VersionedImage(String namespace, Image image, long revision, long createdRevision) {}
