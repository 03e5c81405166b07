package dev.imaged.oci;

import org.jspecify.annotations.Nullable;

/** Whether a text can be encoded: a Java string may hold half of a character, which UTF-8 has no bytes for. */
public final class UnicodeText {
    private UnicodeText() {}

    /** Returns the rule that a text breaks, as a message goes on behind the text; null when it is Unicode. */
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
