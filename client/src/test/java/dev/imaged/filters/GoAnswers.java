package dev.imaged.filters;

import dev.imaged.internal.unicode.CodePoints;
import dev.imaged.internal.unicode.CodePointsBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What Go's regexp matches, as {@code regexp-answers.txt} says, which {@code regexpanswers.go} wrote. */
final class GoAnswers {
    private GoAnswers() {}

    /** Returns all regexps of the file with the code points that they match; none if they are invalid. */
    static Map<String, Optional<CodePoints>> read() throws IOException {
        Map<String, Optional<CodePoints>> answers = new LinkedHashMap<>();
        try (InputStream file = GoAnswers.class.getResourceAsStream("/regexp-answers.txt");
                BufferedReader lines = new BufferedReader(new InputStreamReader(file, StandardCharsets.US_ASCII))) {
            lines.lines().skip(1).forEach(line -> {
                String[] parts = line.split("\t", 2);
                answers.put(parts[0], parts[1].equals("invalid") ? Optional.empty() : Optional.of(points(parts[1])));
            });
        }
        return answers;
    }

    private static CodePoints points(String ranges) {
        CodePointsBuilder points = new CodePointsBuilder();
        int end = 0;
        String[] numbers = ranges.isEmpty() ? new String[0] : ranges.split(" ");
        for (int i = 0; i < numbers.length; i += 2) {
            int start = end + Integer.parseInt(numbers[i]);
            end = start + Integer.parseInt(numbers[i + 1]);
            points.add(start, end - 1);
        }
        return points.build();
    }

    /** Returns a set without the surrogates, of which Go says nothing. */
    static CodePoints withoutSurrogates(CodePoints points) {
        CodePointsBuilder kept = new CodePointsBuilder();
        for (int i = 0; i < points.ranges(); i++) {
            addIfAny(kept, points.first(i), Math.min(points.last(i), Character.MIN_SURROGATE - 1));
            addIfAny(kept, Math.max(points.first(i), Character.MAX_SURROGATE + 1), points.last(i));
        }
        return kept.build();
    }

    private static void addIfAny(CodePointsBuilder points, int first, int last) {
        if (first <= last) {
            points.add(first, last);
        }
    }
}
