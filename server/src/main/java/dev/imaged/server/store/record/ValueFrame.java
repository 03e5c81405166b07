package dev.imaged.server.store.record;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The frame of a stored value: a version byte, then a CRC32C of the key and of the content that follows. */
public final class ValueFrame {
    /** The bytes of the frame, before the content. */
    public static final int HEADER_BYTES = 1 + Integer.BYTES;

    private ValueFrame() {}

    /** Fills in the frame of a value whose content is complete. */
    static byte[] seal(byte version, byte[] key, byte[] value) {
        value[0] = version;
        ByteBuffer.wrap(value).putInt(1, crc(key, value));
        return value;
    }

    /** Returns what is wrong with the frame of a value, null when it is whole and of this version. */
    public static @Nullable String problem(byte version, byte[] key, byte[] value, int minBytes) {
        if (value.length < minBytes) {
            return "is damaged: only " + value.length + " bytes";
        }
        if (value[0] != version) {
            return "has version " + value[0] + ", not " + version;
        }
        if (ByteBuffer.wrap(value).getInt(1) != crc(key, value)) {
            return "is damaged: its checksum does not match";
        }
        return null;
    }

    private static int crc(byte[] key, byte[] value) {
        CRC32C crc = new CRC32C();
        crc.update(key);
        crc.update(value, HEADER_BYTES, value.length - HEADER_BYTES);
        return (int) crc.getValue();
    }
}
