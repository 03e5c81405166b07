package dev.imaged.internal.text;

import dev.imaged.internal.unicode.UnicodeTables;
import java.util.HexFormat;

/** Quotes a value for a message as Go's {@code %q} does, so that messages read as containerd's and stay on one line. */
public final class GoQuote {
    private static final HexFormat HEX = HexFormat.of();

    /** In characters. A name may have millions, which would take long to quote. */
    private static final int MAX_LENGTH = 16 * 1024;

    private static final int END_LENGTH = 1024;

    private GoQuote() {}

    /**
     * Returns {@code value} in double quotes, with all characters escaped that are not printable. A value of more than
     * 16,384 characters is quoted as its start and its end, with the number of its characters between them.
     */
    public static String quote(String value) {
        int length = value.length();
        StringBuilder quoted = new StringBuilder(Math.min(length, MAX_LENGTH) + 2).append('"');
        if (length <= MAX_LENGTH) {
            appendEscaped(quoted, value);
        } else {
            appendEscaped(quoted, value.substring(0, MAX_LENGTH - END_LENGTH));
            quoted.append("... (").append(length).append(" characters) ...");
            appendEscaped(quoted, value.substring(length - END_LENGTH));
        }
        return quoted.append('"').toString();
    }

    private static void appendEscaped(StringBuilder quoted, String text) {
        text.codePoints().forEach(rune -> appendEscaped(quoted, rune));
    }

    private static void appendEscaped(StringBuilder quoted, int rune) {
        switch (rune) {
            case '"' -> quoted.append("\\\"");
            case '\\' -> quoted.append("\\\\");
            case 0x07 -> quoted.append("\\a");
            case '\b' -> quoted.append("\\b");
            case '\f' -> quoted.append("\\f");
            case '\n' -> quoted.append("\\n");
            case '\r' -> quoted.append("\\r");
            case '\t' -> quoted.append("\\t");
            case 0x0B -> quoted.append("\\v");
            default -> {
                if (rune == ' ' || isPrintable(rune)) {
                    quoted.appendCodePoint(rune);
                } else if (rune < 0x80) {
                    quoted.append("\\x").append(HEX.toHexDigits((byte) rune));
                } else if (rune < 0x10000) {
                    quoted.append("\\u").append(HEX.toHexDigits((char) rune));
                } else {
                    quoted.append("\\U").append(HEX.toHexDigits(rune));
                }
            }
        }
    }

    /**
     * Whether a code point is a letter, mark, number, punctuation or symbol: Go's {@code strconv.IsPrint} except for
     * the space.
     */
    public static boolean isPrintable(int rune) {
        return rune < 0x80 ? rune > ' ' && rune < 0x7F : UnicodeTables.isPrintable(rune);
    }
}
