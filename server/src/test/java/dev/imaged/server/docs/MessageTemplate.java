package dev.imaged.server.docs;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A text of the program with what it says between values.
 *
 * @param parts what is around the values, one more than there are values; the first and the last may be empty
 * @param place where it is, for messages
 * @param reported whether a person may meet it: it is not about a defect, not in a log line below a warning
 */
record MessageTemplate(List<String> parts, String place, boolean reported) {
    private static final Pattern WORD = Pattern.compile("(?<![\\w'/.-])[A-Za-z]{2,}(?![\\w/-])");

    boolean hasText() {
        return parts.stream().anyMatch(part -> !part.isEmpty());
    }

    String first() {
        return parts.get(0);
    }

    String last() {
        return parts.get(parts.size() - 1);
    }

    /** Returns how many plain words it has. */
    long words() {
        return parts.stream()
                .mapToLong(part -> WORD.matcher(part).results().count())
                .sum();
    }

    @Override
    public String toString() {
        return String.join("{}", parts);
    }
}
