package dev.imaged.internal.unicode;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The code points that differ in case only (Unicode's simple case folding, of the version of {@link UnicodeTables}). */
public final class CaseForms {
    /** From a code point that has other forms to all of them. */
    private static final Map<Integer, CodePoints> FORMS = new HashMap<>();

    /** The code points that have other forms, ascending. */
    private static final int[] FOLDABLE;

    static {
        UnicodeFile.read((word, rest) -> {
            if (word.equals("fold")) {
                int[] points = UnicodeFile.numbers(rest);
                CodePoints forms = CodePoints.of(points);
                Arrays.stream(points).forEach(point -> FORMS.put(point, forms));
            }
        });
        FOLDABLE = FORMS.keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
    }

    private CaseForms() {}

    /** Returns all forms of a code point, itself among them, or null if it is the only one. */
    public static @Nullable CodePoints of(int point) {
        return FORMS.get(point);
    }

    /** Adds a range, and all forms of what is in it. */
    public static void addFolded(CodePointsBuilder builder, int first, int last) {
        builder.add(first, last);
        if (first <= FOLDABLE[0] && last >= FOLDABLE[FOLDABLE.length - 1]) {
            return; // all forms are in the range already
        }
        int found = Arrays.binarySearch(FOLDABLE, first);
        for (int i = found < 0 ? -found - 1 : found; i < FOLDABLE.length && FOLDABLE[i] <= last; i++) {
            builder.addAll(Objects.requireNonNull(of(FOLDABLE[i])));
        }
    }

    static CodePoints folded(CodePoints set) {
        CodePointsBuilder builder = new CodePointsBuilder();
        for (int i = 0; i < set.ranges(); i++) {
            addFolded(builder, set.first(i), set.last(i));
        }
        return builder.build();
    }
}
