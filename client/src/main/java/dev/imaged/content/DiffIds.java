package dev.imaged.content;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.Unimplemented;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.oci.Compression;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Diff IDs of layers: the digests of their tars, not compressed (OCI image-spec, config.md, "Layer DiffID"). They are
 * sha256, unless the layer itself is not compressed: then its own digest counts. Thread-safe.
 */
public final class DiffIds {
    /** On a layer of a content store: its diff ID. Containerd uses the same label. */
    public static final String LABEL = "containerd.io/uncompressed";

    private static final String ENCRYPTED = "+encrypted";

    private DiffIds() {}

    /**
     * Returns the diff ID of a layer. The diff ID of a layer that is not compressed, by its media type or its first
     * bytes, is its own digest. Any other layer is read to its end, decompressed and verified. A layer of any size is
     * read a little at a time.
     *
     * @throws NotFound when the source does not have the layer
     * @throws InvalidArgument when it is encrypted or damaged, or its size or digest is not what the descriptor says
     * @throws Unimplemented when it is compressed with zstd and the library {@code com.github.luben:zstd-jni} is
     *     missing
     * @throws ImageException.Cancelled when the thread is interrupted; its interrupt flag stays
     * @throws IOException when the source cannot be read
     */
    public static Digest compute(ContentProvider provider, Descriptor layer) throws IOException {
        if (layer.mediaType().endsWith(ENCRYPTED)) {
            throw new InvalidArgument(layer.digest() + ": is encrypted, its media type is "
                    + Excerpt.quote(layer.mediaType()) + ": decrypt it first");
        } else if (isPlain(layer.mediaType())) {
            return Digest.parse(layer.digest());
        }
        try (LayerStream stream = LayerStream.open(provider, layer)) {
            return stream.compression() == Compression.NONE ? Digest.parse(layer.digest()) : stream.unpackedDigest();
        }
    }

    /**
     * Returns the diff ID of a layer of a store, from its label {@value #LABEL} when there is one. Otherwise it is computed
     * and the label is set; when that fails, the next call computes it again. Throws what {@link #compute} does.
     *
     * @throws InvalidArgument when the label is not a digest
     */
    public static <S extends ContentProvider & ContentManager> Digest get(S store, Descriptor layer)
            throws IOException {
        if (isPlain(layer.mediaType())) {
            return Digest.parse(layer.digest());
        }
        String known = label(store, layer);
        if (known != null) {
            Digest.requireValid(layer.digest() + ": label " + LABEL, known);
            return Digest.parse(known);
        }
        Digest computed = compute(store, layer);
        try {
            store.label(layer.digest(), Map.of(LABEL, computed.toString()));
        } catch (ImageException | IOException e) {
            // The store may be read-only, or may have lost the layer; the diff ID is right all the same.
        }
        return computed;
    }

    private static @Nullable String label(ContentManager store, Descriptor layer) throws IOException {
        try {
            return store.info(layer.digest()).labels().get(LABEL);
        } catch (NotFound e) { // the layer may be in the descriptor
            return null;
        }
    }

    /**
     * Whether a layer of the type is not compressed. A Docker layer may be compressed whatever its type says, so it
     * does not count.
     */
    private static boolean isPlain(String mediaType) {
        return mediaType.equals(MediaType.OCI_LAYER) || mediaType.equals(MediaType.OCI_LAYER_NON_DISTRIBUTABLE);
    }
}
