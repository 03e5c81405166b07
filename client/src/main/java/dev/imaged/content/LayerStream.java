package dev.imaged.content;

import dev.imaged.errors.ImageException.Cancelled;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.Unimplemented;
import dev.imaged.oci.Compression;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;

/**
 * A layer that is being read: its first bytes tell how it is compressed (RFC 1952 and RFC 8878), whatever its media type
 * says. Not thread-safe.
 */
final class LayerStream implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final String layer;
    private final InputStream packed;
    private final Compression compression;

    private LayerStream(String layer, InputStream packed) throws IOException {
        this.layer = layer;
        this.packed = packed;
        packed.mark(ArchiveCompression.MAGIC_BYTES);
        this.compression = ArchiveCompression.ofLayer(packed.readNBytes(ArchiveCompression.MAGIC_BYTES));
        packed.reset();
    }

    static LayerStream open(ContentProvider provider, Descriptor layer) throws IOException {
        InputStream packed = new BufferedInputStream(new Source(Blobs.open(provider, layer)), BUFFER_BYTES);
        try {
            return new LayerStream(layer.digest(), packed);
        } catch (UncheckedIOException e) {
            packed.close();
            throw Objects.requireNonNull(e.getCause());
        } catch (IOException | RuntimeException e) {
            packed.close();
            throw e;
        }
    }

    /** An error of the source is not one of what it holds, so it passes the decompressor by. */
    private static final class Source extends FilterInputStream {
        Source(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (Thread.currentThread().isInterrupted()) {
                throw new Cancelled("reading the layer was interrupted", null);
            }
            try {
                return super.read(bytes, offset, length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Returns how the layer is compressed. */
    Compression compression() {
        return compression;
    }

    /**
     * Decompresses the layer to its end and returns the digest of what comes out, sha256.
     *
     * @throws InvalidArgument when it is damaged, or not the content that its digest says
     */
    Digest unpackedDigest() throws IOException {
        try (InputStream unpacked = unpacked()) {
            Digest digest = Digest.sha256(unpacked);
            packed.transferTo(OutputStream.nullOutputStream()); // to its end, where its own digest is compared
            return digest;
        } catch (UncheckedIOException e) {
            throw Objects.requireNonNull(e.getCause());
        } catch (IOException e) {
            throw new InvalidArgument(
                    layer + ": cannot be decompressed with " + compression + ": " + e.getMessage()
                            + ": invalid argument",
                    e);
        } catch (LinkageError e) {
            throw new Unimplemented(
                    layer + ": is compressed with zstd, which needs the library com.github.luben:zstd-jni: " + e
                            + ": not implemented",
                    e);
        }
    }

    /** Returns what decompresses the layer; closing it frees its own memory only. */
    private InputStream unpacked() throws IOException {
        InputStream open = new FilterInputStream(packed) {
            @Override
            public void close() {}
        };
        return switch (compression) {
            case GZIP ->
                GzipCompressorInputStream.builder()
                        .setInputStream(open)
                        .setDecompressConcatenated(true) // a layer that can be read in parts has many members
                        .get();
            case ZSTD -> new ZstdCompressorInputStream(open);
            default -> open;
        };
    }

    @Override
    public void close() throws IOException {
        packed.close();
    }
}
