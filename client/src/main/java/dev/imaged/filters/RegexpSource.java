package dev.imaged.filters;

/** The text of a regexp, and the position of the reader. Not thread-safe. */
final class RegexpSource {
    /** Says that there is no character. */
    static final int END = -1;

    private final String text;
    private int position;

    RegexpSource(String text) {
        this.text = text;
    }

    /** @throws IllegalArgumentException if the text has an unpaired surrogate, and so no form in UTF-8 */
    void requireValid() {
        if (Unicode.hasLoneSurrogate(text)) {
            throw new IllegalArgumentException("the regexp is not valid UTF-8");
        }
    }

    /** Returns the next character without going on. */
    int peek() {
        return peek(0);
    }

    /** Returns the character that comes {@code after} others without going on. */
    int peek(int after) {
        return position + after < text.length() ? text.charAt(position + after) : END;
    }

    /** Returns the next code point and goes on. */
    int next() {
        if (position >= text.length()) {
            return END;
        }
        int point = text.codePointAt(position);
        position += Character.charCount(point);
        return point;
    }

    /** Goes past {@code expected} if that is what comes next. */
    boolean skip(String expected) {
        boolean found = text.startsWith(expected, position);
        position += found ? expected.length() : 0;
        return found;
    }

    int position() {
        return position;
    }

    /** Goes back to a position. */
    void back(int to) {
        position = to;
    }

    /** Returns where {@code wanted} comes next from a position on; {@link #END} if it does not. */
    int find(String wanted, int from) {
        return text.indexOf(wanted, from);
    }

    /** Returns the text up to a position and goes there. */
    String take(int to) {
        String taken = text.substring(position, to);
        position = to;
        return taken;
    }

    /** Returns the rest of the text and goes to its end. */
    String takeAll() {
        return take(text.length());
    }
}
