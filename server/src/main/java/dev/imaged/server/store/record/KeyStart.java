package dev.imaged.server.store.record;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The start of all keys that a filter may match: texts, with any one code point between each two. It leads a reader from key to
 * key, past those that do not fit. Immutable and thread-safe.
 */
final class KeyStart {
    private final byte[][] texts;

    private KeyStart(byte[][] texts) {
        this.texts = texts;
    }

    /** Returns the start that consists of a prefix and then these texts; only the prefix if there are none. */
    static KeyStart of(byte[] prefix, List<String> texts) {
        byte[][] bytes = texts.isEmpty()
                ? new byte[][] {prefix}
                : texts.stream().map(Keys::utf8).toArray(byte[][]::new);
        if (!texts.isEmpty()) {
            bytes[0] = Keys.concat(prefix, bytes[0]);
        }
        return new KeyStart(bytes);
    }

    /**
     * Returns the key itself if it fits. Otherwise returns a greater key, such that no key between the two fits, or null if no
     * greater key fits.
     */
    byte @Nullable [] next(byte[] key) {
        int offset = 0;
        int free = 0; // the end of the last code point that may be any
        for (int i = 0; i < texts.length; i++) {
            if (i > 0) {
                if (offset == key.length) {
                    return Arrays.copyOf(key, offset + 1);
                }
                offset = Math.min(key.length, offset + codePointBytes(key[offset]));
                free = offset;
            }
            byte[] text = texts[i];
            int mismatch =
                    Arrays.mismatch(key, offset, Math.min(key.length, offset + text.length), text, 0, text.length);
            if (mismatch >= 0) {
                int at = offset + mismatch;
                boolean isBefore = at == key.length || Byte.compareUnsigned(key[at], text[mismatch]) < 0;
                return isBefore ? replaceFrom(key, offset, text) : free == 0 ? null : after(key, free);
            }
            offset += text.length;
        }
        return key;
    }

    private static byte[] replaceFrom(byte[] key, int offset, byte[] text) {
        byte[] next = Arrays.copyOf(key, offset + text.length);
        System.arraycopy(text, 0, next, offset, text.length);
        return next;
    }

    /** Returns a key that is greater than all keys with this start. UTF-8 has no byte 0xFF, so the last byte can be raised. */
    private static byte[] after(byte[] key, int length) {
        byte[] next = Arrays.copyOf(key, length);
        next[length - 1]++;
        return next;
    }

    private static int codePointBytes(byte first) {
        int lead = first & 0xFF;
        return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    }
}
