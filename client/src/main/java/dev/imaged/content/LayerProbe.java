package dev.imaged.content;

import dev.imaged.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What the bytes of a file tell.
 *
 * @param digest the digest, sha256
 * @param compressed whether they begin as gzip (RFC 1952) or zstd (RFC 8878) does
 */
record LayerProbe(Digest digest, boolean compressed) {
    private static final byte[] GZIP = HexFormat.of().parseHex("1f8b08");
    private static final byte[] ZSTD = HexFormat.of().parseHex("28b52ffd");

    /** A frame that is skipped may come first: sixteen numbers, little endian, and then its length. */
    private static final byte[] ZSTD_SKIPPABLE = HexFormat.of().parseHex("2a4d18");

    private static final int ZSTD_SKIPPABLE_BYTES = 8;

    static LayerProbe of(FileExtent extent) throws IOException {
        byte[] start;
        try (InputStream in = new ReaderStream(extent.open())) {
            start = in.readNBytes(ZSTD_SKIPPABLE_BYTES);
        }
        try (InputStream in = new ReaderStream(extent.open())) {
            return new LayerProbe(Digest.sha256(in), isCompressed(start));
        }
    }

    private static boolean isCompressed(byte[] start) {
        return startsWith(start, GZIP) || startsWith(start, ZSTD) || isZstdSkippable(start);
    }

    private static boolean isZstdSkippable(byte[] start) {
        return start.length == ZSTD_SKIPPABLE_BYTES
                && (start[0] & 0xf0) == 0x50
                && Arrays.equals(start, 1, 4, ZSTD_SKIPPABLE, 0, 3);
    }

    private static boolean startsWith(byte[] bytes, byte[] prefix) {
        return bytes.length >= prefix.length && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
    }
}
