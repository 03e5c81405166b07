package dev.imaged.filters;

import org.jspecify.annotations.Nullable;

/** Cuts a filter into tokens, one at a time. Not thread-safe. */
final class FilterScanner {
    /** The result of {@link #peek} at the end. */
    static final int END = -1;
    /** The result of {@link #peek} for a character that no filter may hold unescaped. */
    static final int ILLEGAL = -2;

    enum Kind {
        END,
        ILLEGAL,
        FIELD,
        VALUE,
        QUOTED,
        SEPARATOR,
        OPERATOR,
        OTHER
    }

    /** A token from {@code start} to {@code end}, and what is wrong with it if it is {@link Kind#ILLEGAL}. */
    record Token(Kind kind, int start, int end, String error) {}

    private final String input;
    private int position;
    private @Nullable String error;

    FilterScanner(String input) {
        this.input = input;
    }

    int position() {
        return position;
    }

    /** Returns the next character without going on. */
    int peek() {
        if (position >= input.length()) {
            return END;
        }
        int rune = input.codePointAt(position);
        return rune == 0 || rune == Unicode.REPLACEMENT || Unicode.isSurrogate(rune) ? ILLEGAL : rune;
    }

    private int next() {
        int rune = peek();
        if (rune == END) {
            return END;
        }
        if (rune == ILLEGAL) {
            fail(input.charAt(position) == 0 ? "unexpected null" : "rune error");
        }
        position = input.offsetByCodePoints(position, 1);
        return rune;
    }

    /** Keeps the first error of a token. */
    private void fail(String message) {
        if (error == null) {
            error = message;
        }
    }

    void skipSpace() {
        while (Unicode.isSpace(Math.max(peek(), 0))) {
            next();
        }
    }

    /** Returns the next token after white space; {@code value} says that a value without quotes may come here. */
    Token scan(boolean value) {
        skipSpace();
        error = null;
        int start = position;
        Kind kind = scanKind(next(), value);
        return error == null ? new Token(kind, start, position, "") : new Token(Kind.ILLEGAL, start, position, error);
    }

    private Kind scanKind(int first, boolean value) {
        return switch (first) {
            case END -> Kind.END;
            case ILLEGAL -> Kind.ILLEGAL;
            case '"', '/', '|' -> scanQuoted(first);
            case ',', '.' -> Kind.SEPARATOR;
            case '=', '!', '~' -> scanOperator();
            default -> scanBare(first, value);
        };
    }

    private Kind scanOperator() {
        while (peek() == '=' || peek() == '!' || peek() == '~') {
            next();
        }
        return Kind.OPERATOR;
    }

    private Kind scanBare(int first, boolean value) {
        if (value) {
            while (Unicode.isValue(peek())) {
                next();
            }
            return Kind.VALUE;
        }
        if (!Unicode.isField(first)) {
            return Kind.OTHER;
        }
        while (Unicode.isField(peek())) {
            next();
        }
        return Kind.FIELD;
    }

    private Kind scanQuoted(int quote) {
        for (int rune = next(); rune != quote && error == null; rune = next()) {
            if (rune == END || rune == '\n') {
                fail("quoted literal not terminated");
            } else if (rune == '\\') {
                scanEscape(quote);
            }
        }
        return Kind.QUOTED;
    }

    private void scanEscape(int quote) {
        int rune = next();
        if (rune == quote) {
            return;
        }
        switch (rune) {
            case 'a', 'b', 'f', 'n', 'r', 't', 'v', '\\' -> {}
            case '0', '1', '2', '3', '4', '5', '6', '7' -> scanDigits(8, 2);
            case 'x' -> scanDigits(16, 2);
            case 'u' -> scanDigits(16, 4);
            case 'U' -> scanDigits(16, 8);
            default -> fail("illegal escape sequence");
        }
    }

    private void scanDigits(int radix, int count) {
        for (int i = 0; i < count; i++) {
            int rune = peek();
            if (rune >= 0x80 || Character.digit(Math.max(rune, 0), radix) < 0) {
                if (rune == ILLEGAL) {
                    next();
                }
                fail("illegal numeric escape sequence");
                return;
            }
            next();
        }
    }
}
