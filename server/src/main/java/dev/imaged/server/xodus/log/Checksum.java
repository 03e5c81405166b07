package dev.imaged.server.xodus.log;

import java.util.zip.CRC32C;

/** Checksums of bytes on the disk: a CRC32C, but never 0, which means that there is no checksum. */
final class Checksum {
    private Checksum() {}

    /** Returns the checksum of some bytes. */
    static int of(byte[] bytes, int offset, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, count);
        return of(crc);
    }

    /** Returns the checksum of the bytes that were added so far. */
    static int of(CRC32C crc) {
        int value = (int) crc.getValue();
        return value == 0 ? 1 : value;
    }
}
