package dev.imaged.filters;

import dev.imaged.internal.text.GoQuote;

/** The classes of code points in containerd's filter grammar. */
final class Unicode {
    static final int REPLACEMENT = 0xFFFD;

    private Unicode() {}

    /** The characters of a field that needs no quotes. */
    static boolean isField(int rune) {
        return (rune >= 'a' && rune <= 'z')
                || (rune >= 'A' && rune <= 'Z')
                || (rune >= '0' && rune <= '9')
                || rune == '_';
    }

    /** Whether a character may follow the first one of a value without quotes: any visible character, except the comma. */
    static boolean isValue(int rune) {
        return rune > ' ' && rune != ',' && rune != REPLACEMENT && GoQuote.isPrintable(rune);
    }

    /** Unicode's White_Space. */
    static boolean isSpace(int rune) {
        return (rune >= '\t' && rune <= '\r')
                || (rune >= 0x2000 && rune <= 0x200A)
                || switch (rune) {
                    case ' ', 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true;
                    default -> false;
                };
    }

    static boolean isSurrogate(int rune) {
        return rune >= Character.MIN_SURROGATE && rune <= Character.MAX_SURROGATE;
    }

    static boolean hasLoneSurrogate(String text) {
        int point;
        for (int i = 0; i < text.length(); i += Character.charCount(point)) {
            point = text.codePointAt(i);
            if (isSurrogate(point)) {
                return true;
            }
        }
        return false;
    }
}
