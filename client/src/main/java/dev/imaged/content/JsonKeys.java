package dev.imaged.content;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys that an object may have. Go's readers ignore case when they compare keys, and read U+017F as an s and U+212A
 * as a k. Immutable and thread-safe.
 */
final class JsonKeys {
    private static final char LONG_S = '\u017f';
    private static final char KELVIN = '\u212a';

    /** Each key under itself and under its form without case. */
    private final Map<String, String> keys;

    private JsonKeys(Map<String, String> keys) {
        this.keys = keys;
    }

    static JsonKeys of(String... keys) {
        Map<String, String> all = new HashMap<>();
        for (String key : keys) {
            all.put(key, key);
            all.put(fold(key), key);
        }
        return new JsonKeys(all);
    }

    /** Returns these keys and those of another set. */
    JsonKeys and(JsonKeys other) {
        Map<String, String> all = new HashMap<>(keys);
        all.putAll(other.keys);
        return new JsonKeys(all);
    }

    /** Returns the key that differs from a text at most in case, or null when no key does. */
    @Nullable
    String find(String text) {
        String key = keys.get(text);
        return key == null ? keys.get(fold(text)) : key;
    }

    private static String fold(String key) {
        StringBuilder folded = new StringBuilder(key);
        for (int i = 0; i < folded.length(); i++) {
            folded.setCharAt(i, fold(folded.charAt(i)));
        }
        return folded.toString();
    }

    private static char fold(char c) {
        if (c >= 'A' && c <= 'Z') {
            return (char) (c + ('a' - 'A'));
        }
        return switch (c) {
            case LONG_S -> 's';
            case KELVIN -> 'k';
            default -> c;
        };
    }
}
