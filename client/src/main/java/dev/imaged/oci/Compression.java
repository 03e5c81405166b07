package dev.imaged.oci;

/** How a layer is compressed. */
public enum Compression {
    NONE,
    GZIP,
    ZSTD,

    /** The media type does not say: the first bytes do. */
    UNKNOWN
}
