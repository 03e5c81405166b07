package dev.imaged.filters;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Resolves the escapes of a quoted text, which the scanner has found to be well formed. Not thread-safe. */
final class Unquoter {
    private final String text;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int position;

    private Unquoter(String text) {
        this.text = text;
    }

    /**
     * Returns the text that {@code text}, given without its quotes, stands for.
     *
     * @throws IllegalArgumentException if an escape names a byte above 255 or no Unicode character
     */
    static String unquote(String text) {
        return text.indexOf('\\') < 0 ? text : new Unquoter(text).unquote();
    }

    private String unquote() {
        while (position < text.length()) {
            int escape = text.indexOf('\\', position);
            int end = escape < 0 ? text.length() : escape;
            bytes.writeBytes(text.substring(position, end).getBytes(StandardCharsets.UTF_8));
            position = end;
            if (escape >= 0) {
                position += 2;
                appendEscape(text.charAt(escape + 1));
            }
        }
        return decode(bytes.toByteArray());
    }

    private void appendEscape(char escape) {
        switch (escape) {
            case 'a' -> bytes.write(0x07);
            case 'b' -> bytes.write('\b');
            case 'f' -> bytes.write('\f');
            case 'n' -> bytes.write('\n');
            case 'r' -> bytes.write('\r');
            case 't' -> bytes.write('\t');
            case 'v' -> bytes.write(0x0B);
            case 'x' -> bytes.write(digits(2, 16));
            case 'u' -> appendRune(digits(4, 16));
            case 'U' -> appendRune(digits(8, 16));
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                position--;
                appendByte(digits(3, 8));
            }
            default -> bytes.write(escape);
        }
    }

    private int digits(int count, int radix) {
        position += count;
        return Integer.parseUnsignedInt(text.substring(position - count, position), radix);
    }

    private void appendByte(int value) {
        if (value > 0xFF) {
            throw new IllegalArgumentException("quote syntax error");
        }
        bytes.write(value);
    }

    /** Runes are signed in Go: what overflows 31 bits is below 128, and so a single byte. A surrogate is U+FFFD. */
    private void appendRune(int rune) {
        if (rune > Character.MAX_CODE_POINT) {
            throw new IllegalArgumentException("quote syntax error");
        }
        if (rune < 0) {
            bytes.write(rune);
            return;
        }
        int valid = Unicode.isSurrogate(rune) ? Unicode.REPLACEMENT : rune;
        bytes.writeBytes(Character.toString(valid).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads UTF-8; each byte that is not part of it becomes the lone surrogate 0xDC00 + byte, so that nothing is lost.
     */
    private static String decode(byte[] utf8) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(utf8);
        CharBuffer out = CharBuffer.allocate(utf8.length);
        CoderResult result = decoder.decode(in, out, true);
        while (result.isError()) {
            for (int i = 0; i < result.length(); i++) {
                out.put((char) (0xDC00 + (in.get() & 0xFF)));
            }
            result = decoder.decode(in, out, true);
        }
        return out.flip().toString();
    }
}
