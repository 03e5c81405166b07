package dev.imaged.errors;

import java.util.HexFormat;

/** Quotes a value for a message as Go's {@code %q} does, so that messages read as containerd's and stay on one line. */
public final class GoQuote {
    private static final HexFormat HEX = HexFormat.of();

    private GoQuote() {}

    /** Returns {@code value} in double quotes, with everything that is not printable escaped. */
    public static String quote(String value) {
        StringBuilder quoted = new StringBuilder(value.length() + 2).append('"');
        value.codePoints().forEach(rune -> appendEscaped(quoted, rune));
        return quoted.append('"').toString();
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

    /** Whether a code point is a letter, mark, number, punctuation or symbol: Go's {@code strconv.IsPrint} but for the space. */
    public static boolean isPrintable(int rune) {
        return switch (Character.getType(rune)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }
}
