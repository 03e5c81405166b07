package dev.imaged.filters;

/** The places between two code points that a regexp can ask for, a bit each. */
final class RegexpPlace {
    static final int TEXT_START = 1;
    static final int TEXT_END = 2;
    static final int LINE_START = 4;
    static final int LINE_END = 8;
    static final int WORD_EDGE = 16;
    static final int NO_WORD_EDGE = 32;

    /** Says that there is no code point. */
    static final int NOTHING = -1;

    private RegexpPlace() {}

    /** Returns the bits that hold between two code points. */
    static int between(int before, int after) {
        int places = isWord(before) == isWord(after) ? NO_WORD_EDGE : WORD_EDGE;
        if (before == NOTHING) {
            places |= TEXT_START | LINE_START;
        } else if (before == '\n') {
            places |= LINE_START;
        }
        if (after == NOTHING) {
            places |= TEXT_END | LINE_END;
        } else if (after == '\n') {
            places |= LINE_END;
        }
        return places;
    }

    private static boolean isWord(int point) {
        return (point >= 'a' && point <= 'z')
                || (point >= 'A' && point <= 'Z')
                || (point >= '0' && point <= '9')
                || point == '_';
    }
}
