package dev.imaged.content;

import dev.imaged.oci.Compression;
import dev.imaged.oci.Digest;
import java.io.IOException;
import java.io.InputStream;

/**
 * The digest of a file, and whether it is compressed.
 *
 * @param digest the digest, sha256
 * @param compressed whether they start as gzip (RFC 1952) or zstd (RFC 8878) does
 */
record LayerProbe(Digest digest, boolean compressed) {
    static LayerProbe of(FileExtent extent) throws IOException {
        byte[] start;
        try (InputStream in = new ReaderStream(extent.open())) {
            start = in.readNBytes(ArchiveCompression.MAGIC_BYTES);
        }
        try (InputStream in = new ReaderStream(extent.open())) {
            return new LayerProbe(
                    Digest.sha256(in), ArchiveCompression.ofLayer(ArchiveCompression.of(start)) != Compression.NONE);
        }
    }
}
