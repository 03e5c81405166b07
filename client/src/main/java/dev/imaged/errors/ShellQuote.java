package dev.imaged.errors;

import java.util.regex.Pattern;

/** A word of a command that a message tells its reader to run, quoted for a POSIX shell where that needs it. */
public final class ShellQuote {
    private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+", Pattern.UNICODE_CHARACTER_CLASS);

    private ShellQuote() {}

    /** Returns the word as it is, or in single quotes. */
    public static String quote(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
