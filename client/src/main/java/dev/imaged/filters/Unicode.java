package dev.imaged.filters;

import dev.imaged.errors.GoQuote;

/** The classes of code points that containerd's filter grammar speaks of. */
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

    /** What can follow the first character of a value that needs no quotes: all that is visible, except the comma. */
    static boolean isValue(int rune) {
        return rune > ' ' && rune != ',' && rune != REPLACEMENT && GoQuote.isPrintable(rune);
    }

    /** Unicode's White_Space. */
    static boolean isSpace(int rune) {
        return (rune >= '\t' && rune <= '\r')
                || rune == 0x85
                || switch (Character.getType(rune)) {
                    case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
                    default -> false;
                };
    }

    static boolean isSurrogate(int rune) {
        return rune >= Character.MIN_SURROGATE && rune <= Character.MAX_SURROGATE;
    }

    static boolean hasLoneSurrogate(String text) {
        return text.codePoints().anyMatch(Unicode::isSurrogate);
    }
}
