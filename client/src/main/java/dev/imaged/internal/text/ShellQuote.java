package dev.imaged.internal.text;

import java.util.regex.Pattern;

/** Quotes a word of a command in a message for a POSIX shell, where the word needs quotes. */
public final class ShellQuote {
    private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+", Pattern.UNICODE_CHARACTER_CLASS);

    private ShellQuote() {}

    /** Returns the word as it is, or in single quotes. */
    public static String quote(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
