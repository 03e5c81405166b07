package dev.imaged.internal.text;

import org.jspecify.annotations.Nullable;

/** Checks that a text can be encoded: a Java string may hold half of a character, for which UTF-8 has no bytes. */
public final class UnicodeText {
    private UnicodeText() {}

    /** Returns the rule that a text breaks, in words that follow the text in a message; null when it is Unicode. */
    public static @Nullable String problem(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return "is not Unicode text: unpaired surrogate at index " + i;
            }
        }
        return null;
    }
}
