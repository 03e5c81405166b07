package dev.imaged.content;

import dev.imaged.content.PackedStream.SourceFailure;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.Unimplemented;
import dev.imaged.oci.Compression;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A layer while it is read. Its first bytes tell how it is compressed (RFC 1952 and RFC 8878), not its media type. Not
 * thread-safe.
 */
final class LayerStream implements AutoCloseable {
    private final String layer;
    private final InputStream source;
    private final InputStream packed;
    private final @Nullable ArchiveCompression compression;

    private LayerStream(String layer, InputStream source) throws IOException {
        this.layer = layer;
        this.source = source;
        this.packed = new PackedStream(source, "layer");
        packed.mark(ArchiveCompression.MAGIC_BYTES);
        this.compression = ArchiveCompression.of(packed.readNBytes(ArchiveCompression.MAGIC_BYTES));
        packed.reset();
    }

    static LayerStream open(ContentProvider provider, Descriptor layer) throws IOException {
        InputStream source = Blobs.open(provider, layer);
        try {
            return new LayerStream(layer.digest(), source);
        } catch (SourceFailure e) {
            source.close();
            throw e.reason();
        } catch (IOException | RuntimeException e) {
            source.close();
            throw e;
        }
    }

    /** Returns how the layer is compressed. */
    Compression compression() {
        return ArchiveCompression.ofLayer(compression);
    }

    /**
     * Decompresses the layer to its end and returns the sha256 digest of the unpacked bytes.
     *
     * @throws InvalidArgument when it is damaged, or does not match its digest
     */
    Digest unpackedDigest() throws IOException {
        try (InputStream unpacked = unpacked()) {
            Digest digest = Digest.sha256(unpacked);
            packed.transferTo(OutputStream.nullOutputStream()); // to its end, where its own digest is compared
            return digest;
        } catch (SourceFailure e) {
            throw e.reason();
        } catch (IOException e) {
            throw new InvalidArgument(
                    layer + ": cannot be decompressed with " + compression() + ": " + e.getMessage(), e);
        } catch (LinkageError e) {
            throw new Unimplemented(
                    layer + ": is compressed with zstd, which needs the library com.github.luben:zstd-jni: " + e
                            + ": not implemented",
                    e);
        }
    }

    /** Returns the stream that decompresses the layer; closing it frees its own memory only. */
    private InputStream unpacked() throws IOException {
        InputStream unpacked =
                compression() == Compression.NONE || compression == null ? null : compression.open(packed);
        return unpacked == null ? packed : unpacked;
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
