package dev.imaged.server.cli;

import dev.imaged.internal.text.GoQuote;

/** Makes text from outside safe for a terminal: it stays on its line, and cannot control the terminal. */
final class Printable {
    private Printable() {}

    /** Returns {@code text} with everything that is not printable escaped as Go's {@code %q} does. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        text.codePoints().forEach(rune -> {
            if (rune == '"' || rune == '\\') {
                escaped.appendCodePoint(rune); // harmless, and easier to read unescaped
            } else {
                String quoted = GoQuote.quote(Character.toString(rune));
                escaped.append(quoted, 1, quoted.length() - 1);
            }
        });
        return escaped.toString();
    }
}
