package dev.imaged.images;

/** Writes one image on a condition, in whichever way a store offers. */
@FunctionalInterface
public interface ConditionalWrites {
    /**
     * What a write did.
     *
     * @param image the image afterwards, null when there is none
     * @param revision that of the image, or of its deletion
     */
    record Written(Image image, long revision) {}

    /**
     * Writes an image.
     *
     * @param operation a create or a put without a condition, or an update or a delete
     */
    Written write(String namespace, Operation operation, RequestOptions options);

    /** Returns the writes as transactions of one operation. */
    static ConditionalWrites over(ImageStores stores) {
        return (namespace, operation, options) -> {
            Applied applied = stores.transactions(namespace)
                    .orElseThrow()
                    .apply(Apply.of(operation).with(options));
            VersionedImage image = applied.results().get(0).image();
            return image == null
                    ? new Written(null, applied.position().revision())
                    : new Written(image.image(), image.revision());
        };
    }
}
