package dev.imaged.images;

import java.util.Comparator;

/**
 * The order of names: ascending by their UTF-8 bytes, which is that of their code points and not that of
 * {@link String#compareTo}.
 */
final class Utf8Order {
    static final Comparator<String> COMPARATOR = Utf8Order::compare;

    private Utf8Order() {}

    private static int compare(String a, String b) {
        int shared = Math.min(a.length(), b.length());
        for (int i = 0; i < shared; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean bothOrNeither = Character.isSurrogate(x) == Character.isSurrogate(y);
                return bothOrNeither ? Character.compare(x, y) : Character.isSurrogate(x) ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }
}
