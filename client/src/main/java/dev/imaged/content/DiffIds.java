package dev.imaged.content;

import dev.imaged.errors.Excerpt;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.Unimplemented;
import dev.imaged.oci.Compression;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Diff IDs of layers: the digests of their tars, not compressed (OCI image-spec, config.md, "Layer DiffID"), sha256 unless
 * the layer is not compressed itself. Thread-safe.
 */
public final class DiffIds {
    /** On a layer of a content store: its diff ID, as containerd keeps it. */
    public static final String LABEL = "containerd.io/uncompressed";

    private static final String ENCRYPTED = "+encrypted";

    private DiffIds() {}

    /**
     * Returns the diff ID of a layer. A layer that is not compressed, as its media type or its first bytes say, has its own
     * digest; any other is read to its end, decompressed and verified. The layer is read a little at a time, whatever its
     * size.
     *
     * @throws NotFound when the source does not have it
     * @throws InvalidArgument when it is encrypted or damaged, or its size or digest is not what the descriptor says
     * @throws Unimplemented when it is compressed with zstd and the library {@code com.github.luben:zstd-jni} is missing
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
            // The store may be read-only, or the layer gone meanwhile; its diff ID is right all the same.
        }
        return computed;
    }

    private static @Nullable String label(ContentManager store, Descriptor layer) throws IOException {
        try {
            return store.info(layer.digest()).labels().get(LABEL);
        } catch (NotFound e) { // it may be in the descriptor
            return null;
        }
    }

    /** Whether a layer of the type is not compressed; one of Docker's may be, whatever its type says. */
    private static boolean isPlain(String mediaType) {
        return mediaType.equals(MediaType.OCI_LAYER) || mediaType.equals(MediaType.OCI_LAYER_NON_DISTRIBUTABLE);
    }
}
