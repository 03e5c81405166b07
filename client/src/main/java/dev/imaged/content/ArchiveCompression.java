package dev.imaged.content;

import dev.imaged.oci.Compression;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;
import org.apache.commons.compress.utils.InputStreamStatistics;
import org.jspecify.annotations.Nullable;

/**
 * How a file is compressed, by its first bytes. A tar starts with the name of its first file. The code of a format is
 * loaded only when a file of that format is decompressed.
 */
enum ArchiveCompression {
    /** RFC 1952, which has one method only. */
    GZIP("gzip", 0, "1f8b08"),

    /** RFC 8878. */
    ZSTD("zstd", 0, "28b52ffd"),

    /** A skippable frame of zstd may come first: one of sixteen magic numbers, little endian, and then its length. */
    ZSTD_SKIPPABLE("zstd", 1, "2a4d18"),

    XZ("xz", 0, "fd377a585a00"),

    /** After the level comes the magic number of a block, pi. */
    BZIP2("bzip2", 4, "314159265359"),

    LZ4("lz4", 0, "04224d18"),
    LZIP("lzip", 0, "4c5a495001"),
    LZMA("lzma", 0, "5d000080"),
    LZOP("lzop", 0, "894c5a4f000d0a1a0a"),
    COMPRESS("compress", 0, "1f9d"),
    ZIP("zip", 0, "504b0304");

    /** How many first bytes are needed to tell the compression. */
    static final int MAGIC_BYTES = 16;

    private static final String BZIP2_START = "425a68";

    /** Memory for the dictionary, in KiB: {@code xz -9} asks for 65 MiB. */
    private static final int MAX_XZ_KIB = 128 * 1024;

    private static final int ZSTD_SKIPPABLE_BYTES = 8;
    private static final int ZSTD_SKIPPABLE_NIBBLE = 0x50;

    private final String title;
    private final int offset;
    private final String magic;

    ArchiveCompression(String title, int offset, String magic) {
        this.title = title;
        this.offset = offset;
        this.magic = magic;
    }

    /** Returns how a file that starts with these bytes is compressed, null when it is not. */
    static @Nullable ArchiveCompression of(byte[] start) {
        return Arrays.stream(values())
                .filter(compression -> compression.matches(start))
                .findFirst()
                .orElse(null);
    }

    /**
     * Returns the name of the OCI image-spec for the compression of a layer. It has no name for other forms: they count
     * as none.
     */
    static Compression ofLayer(@Nullable ArchiveCompression compression) {
        if (compression == GZIP) {
            return Compression.GZIP;
        }
        return compression == ZSTD || compression == ZSTD_SKIPPABLE ? Compression.ZSTD : Compression.NONE;
    }

    private boolean matches(byte[] start) {
        String hex = HexFormat.of().formatHex(start);
        boolean matches = hex.startsWith(magic, 2 * offset);
        return switch (this) {
            case ZSTD_SKIPPABLE ->
                matches && start.length >= ZSTD_SKIPPABLE_BYTES && (start[0] & 0xf0) == ZSTD_SKIPPABLE_NIBBLE;
            case BZIP2 -> matches && hex.startsWith(BZIP2_START);
            default -> matches;
        };
    }

    /**
     * Returns a stream that decompresses another, all of its members, frames or blocks one after the other; null when the
     * library has no code for the format. The stream also counts what it reads, as an {@link InputStreamStatistics}.
     */
    @Nullable
    InputStream open(InputStream in) throws IOException {
        return switch (this) {
            case GZIP ->
                GzipCompressorInputStream.builder()
                        .setInputStream(in)
                        .setDecompressConcatenated(true)
                        .get();
            case ZSTD, ZSTD_SKIPPABLE -> new ZstdCompressorInputStream(in);
            case XZ ->
                XZCompressorInputStream.builder()
                        .setInputStream(in)
                        .setDecompressConcatenated(true)
                        .setMemoryLimitKiB(MAX_XZ_KIB)
                        .get();
            case BZIP2 -> new BZip2CompressorInputStream(in, true);
            case LZ4, LZIP, LZMA, LZOP, COMPRESS, ZIP -> null;
        };
    }

    /** Returns the name of the format. */
    @Override
    public String toString() {
        return title;
    }
}
