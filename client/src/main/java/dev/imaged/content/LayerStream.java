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
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;

/**
 * A layer that is being read: its first bytes tell how it is compressed (RFC 1952 and RFC 8878), whatever its media type
 * says. Not thread-safe.
 */
final class LayerStream implements AutoCloseable {
    private static final byte[] GZIP = HexFormat.of().parseHex("1f8b08");
    private static final byte[] ZSTD = HexFormat.of().parseHex("28b52ffd");

    /** A frame that is skipped may come first: sixteen numbers, little endian, and then its length. */
    private static final byte[] ZSTD_SKIPPABLE = HexFormat.of().parseHex("2a4d18");

    private static final int MAGIC_BYTES = 8;
    private static final int BUFFER_BYTES = 64 * 1024;

    private final String layer;
    private final InputStream packed;
    private final Compression compression;

    private LayerStream(String layer, InputStream packed) throws IOException {
        this.layer = layer;
        this.packed = packed;
        packed.mark(MAGIC_BYTES);
        this.compression = compression(packed.readNBytes(MAGIC_BYTES));
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

    private static Compression compression(byte[] start) {
        if (startsWith(start, GZIP)) {
            return Compression.GZIP;
        }
        return startsWith(start, ZSTD) || isZstdSkippable(start) ? Compression.ZSTD : Compression.NONE;
    }

    private static boolean isZstdSkippable(byte[] start) {
        return start.length == MAGIC_BYTES
                && (start[0] & 0xf0) == 0x50
                && Arrays.equals(start, 1, 4, ZSTD_SKIPPABLE, 0, 3);
    }

    private static boolean startsWith(byte[] bytes, byte[] prefix) {
        return bytes.length >= prefix.length && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
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
