package dev.imaged.internal.unicode;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Unicode 15.0.0 as in Go 1.25 and 1.26, with which containerd 2.4 is built, so that no answer depends on the Unicode
 * version of the JDK. Read at the first use. Thread-safe.
 */
public final class UnicodeTables {
    /** From a name to the numbers of the file: they are read when a set is asked for, because most never are. */
    private static final Map<String, String> RANGES = new HashMap<>();

    private static final Map<String, String> ALIASES = new HashMap<>();

    /** The sets to which Go adds no forms of other case. */
    private static final Set<String> AS_IS = new HashSet<>();

    private static final Map<String, CodePoints> SETS = new ConcurrentHashMap<>();
    private static final Map<String, CodePoints> FOLDED_SETS = new ConcurrentHashMap<>();

    /** The code points that Go's {@code unicode.IsPrint} accepts. */
    private static final CodePoints PRINTABLE;

    static {
        UnicodeFile.read((word, rest) -> {
            int space = rest.indexOf(' ');
            switch (word) {
                case "set" -> RANGES.put(rest.substring(0, space), rest.substring(space + 1));
                case "alias" -> ALIASES.put(rest.substring(0, space), rest.substring(space + 1));
                case "asis" -> AS_IS.add(rest);
                default -> {} // a comment, or of CaseForms
            }
        });
        PRINTABLE = read("printable");
    }

    private UnicodeTables() {}

    private static CodePoints read(String set) {
        int[] bounds = UnicodeFile.numbers(Objects.requireNonNull(RANGES.get(set)));
        for (int i = 1; i < bounds.length; i++) {
            bounds[i] += bounds[i - 1];
        }
        return new CodePoints(bounds);
    }

    /** Returns whether {@code point} is a letter, a mark, a number, punctuation, a symbol or the ASCII space. */
    public static boolean isPrintable(int point) {
        return PRINTABLE.contains(point);
    }

    /** Returns the category or script of a canonical name, such as {@code Greek} or {@code Uppercaseletter}, or null. */
    public static @Nullable CodePoints named(String name) {
        String set = ALIASES.getOrDefault(name, name);
        return RANGES.containsKey(set) ? SETS.computeIfAbsent(set, UnicodeTables::read) : null;
    }

    /** Returns the same with all forms of other case, or null. */
    public static @Nullable CodePoints namedFolded(String name) {
        String set = ALIASES.getOrDefault(name, name);
        CodePoints plain = named(set);
        return plain == null || AS_IS.contains(set)
                ? plain
                : FOLDED_SETS.computeIfAbsent(set, key -> CaseForms.folded(plain));
    }
}
