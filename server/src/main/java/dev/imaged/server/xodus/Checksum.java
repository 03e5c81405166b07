package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The frame of a stored value: a version byte, then a CRC32C over the key and all that follows. */
final class Checksum {
    /** The bytes of the frame, before the content. */
    static final int HEADER_BYTES = 1 + Integer.BYTES;

    private Checksum() {}

    /** Fills in the frame of a value whose content is complete. */
    static byte[] seal(byte version, byte[] key, byte[] value) {
        value[0] = version;
        ByteBuffer.wrap(value).putInt(1, crc(key, value));
        return value;
    }

    /**
     * Checks the frame of a value.
     *
     * @param what names the value in the error
     * @throws ImageException.DataLoss when it is damaged or of another version
     */
    static void verify(byte version, byte[] key, byte[] value, String what) {
        if (value.length < HEADER_BYTES) {
            throw new ImageException.DataLoss(what + " is damaged: only " + value.length + " bytes", null);
        }
        if (value[0] != version) {
            throw new ImageException.DataLoss(what + " has version " + value[0] + ", not " + version, null);
        }
        if (ByteBuffer.wrap(value).getInt(1) != crc(key, value)) {
            throw new ImageException.DataLoss(what + " is damaged: its checksum does not match", null);
        }
    }

    private static int crc(byte[] key, byte[] value) {
        CRC32C crc = new CRC32C();
        crc.update(key);
        crc.update(value, HEADER_BYTES, value.length - HEADER_BYTES);
        return (int) crc.getValue();
    }
}
