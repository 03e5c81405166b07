package dev.imaged.filters;

import dev.imaged.internal.unicode.CaseForms;
import dev.imaged.internal.unicode.CodePoints;
import dev.imaged.internal.unicode.CodePointsBuilder;
import dev.imaged.internal.unicode.UnicodeTables;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sets of code points that have a name in a regexp, as they are and with all forms of other case. */
final class RegexpSets {
    static final CodePoints ANY = CodePoints.of().negated();
    static final CodePoints NOT_NEWLINE = CodePoints.of('\n').negated();

    private static final Map<String, CodePoints> PLAIN = new HashMap<>();
    private static final Map<String, CodePoints> FOLDED = new HashMap<>();

    static {
        add("\\d", "\\D", "09");
        add("\\s", "\\S", "\t\n\f\r  ");
        add("\\w", "\\W", "09AZaz__");
        addPosix("alnum", "09AZaz");
        addPosix("alpha", "AZaz");
        addPosix("ascii", "\0\177");
        addPosix("blank", "\t\t  ");
        addPosix("cntrl", "\0\37\177\177");
        addPosix("digit", "09");
        addPosix("graph", "!~");
        addPosix("lower", "az");
        addPosix("print", " ~");
        addPosix("punct", "!/:@[`{~");
        addPosix("space", "\t\r  ");
        addPosix("upper", "AZ");
        addPosix("word", "09AZaz__");
        addPosix("xdigit", "09AFaf");
    }

    private RegexpSets() {}

    private static void addPosix(String name, String ends) {
        add("[:" + name + ":]", "[:^" + name + ":]", ends);
    }

    /** @param ends the first and the last character of each range */
    private static void add(String name, String negatedName, String ends) {
        CodePointsBuilder plain = new CodePointsBuilder();
        CodePointsBuilder folded = new CodePointsBuilder();
        for (int i = 0; i < ends.length(); i += 2) {
            plain.add(ends.charAt(i), ends.charAt(i + 1));
            CaseForms.addFolded(folded, ends.charAt(i), ends.charAt(i + 1));
        }
        PLAIN.put(name, plain.build());
        PLAIN.put(negatedName, plain.build().negated());
        FOLDED.put(name, folded.build());
        FOLDED.put(negatedName, folded.build().negated());
    }

    /** Returns the set of {@code \d}, {@code [:alpha:]}, {@code [:^alpha:]} and so on; null for another name. */
    static @Nullable CodePoints ascii(String name, boolean foldsCase) {
        return (foldsCase ? FOLDED : PLAIN).get(name);
    }

    /** Returns the category or script of {@code \p{name}}, whatever its case, spaces, hyphens and underscores; or null. */
    static @Nullable CodePoints unicode(String name, boolean foldsCase) {
        String canonical = canonical(name);
        return foldsCase ? UnicodeTables.namedFolded(canonical) : UnicodeTables.named(canonical);
    }

    private static String canonical(String name) {
        StringBuilder canonical = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean first = canonical.length() == 0;
            if (first && c >= 'a' && c <= 'z') {
                canonical.append((char) (c - 'a' + 'A'));
            } else if (!first && c >= 'A' && c <= 'Z') {
                canonical.append((char) (c - 'A' + 'a'));
            } else if (c != '_' && c != '-' && c != ' ') {
                canonical.append(c);
            }
        }
        return canonical.toString();
    }
}
