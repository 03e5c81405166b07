package dev.imaged.filters;

import dev.imaged.internal.text.Excerpt;

/** Says what was probably meant by a filter that cannot be parsed. */
final class FilterErrorHint {
    private static final String QUOTING =
            "; in quotes \\ starts an escape, so write \\\\ for each one of a regexp, as in name~=\"^a\\\\.b\"";

    private final String input;
    private final int selectorStart;
    private final int position;

    /**
     * @param selectorStart where the wrong selector starts
     * @param position where the error is
     */
    FilterErrorHint(String input, int selectorStart, int position) {
        this.input = input;
        this.selectorStart = selectorStart;
        this.position = position;
    }

    /** Returns the hint for an error with this message of the parser. */
    String hint(String error) {
        String path = path();
        boolean inPath = position <= selectorStart + path.length();
        if (inPath && needsQuotes(path)) {
            int dot = path.indexOf('.');
            String key = path.substring(dot + 1).replace("'", "");
            return shown(path) + " needs quotes: " + shown(path.substring(0, dot) + ".\"" + key + "\"");
        }
        if (error.startsWith("unsupported operator")) {
            return "operators are == (equal), != (not equal) and ~= (matches a regexp)";
        }
        if (error.startsWith("expected value")) {
            return value();
        }
        if (error.startsWith("invalid quote")) {
            return "only ~= takes / and | for quotes: use \" here";
        }
        if (error.startsWith("quoted literal")) {
            return "a quote is not closed; / and | at the start of a value are quotes, too" + QUOTING;
        }
        if (error.contains("escape") || error.startsWith("unquoting")) {
            return "the text in quotes has an escape that is not known" + QUOTING;
        }
        if (error.startsWith("unexpected input") && Unicode.isSpace(input.codePointAt(position))) {
            return "after a value comes a comma, which means \"and\", or the end: remove the space, quote a value that has one,"
                    + " and give several filters for \"or\"";
        }
        if (inPath && selectorStart > 0) {
            return "a comma means \"and\", and a field has to follow it: quote a value or a regexp that has a comma, as in"
                    + " name~=\"^a{1,3}$\"";
        }
        return "a filter is FIELD, FIELD==VALUE, FIELD!=VALUE or FIELD~=REGEXP, several with commas for \"and\"; "
                + FilterHints.FIELDS;
    }

    /** Returns the text before the operator, as it was written. */
    private String path() {
        int end = selectorStart;
        while (end < input.length() && ",=!~\"".indexOf(input.charAt(end)) < 0) {
            end++;
        }
        return end < input.length() && input.charAt(end) == '"' ? "" : input.substring(selectorStart, end);
    }

    private static boolean needsQuotes(String path) {
        boolean hasKey = path.startsWith("labels.") || path.startsWith("annotations.");
        boolean isPlain = path.codePoints().allMatch(rune -> rune == '.' || Unicode.isField(rune));
        return hasKey && !isPlain && !path.endsWith(".") && path.indexOf('\\') < 0;
    }

    private String value() {
        int end = input.indexOf(',', position);
        String value = input.substring(position, end < 0 ? input.length() : end);
        String start = input.substring(selectorStart, position);
        if (value.isEmpty()) {
            return shown(start)
                    + " has no value: leave the operator out to ask for presence, or write \"\" for an empty one";
        }
        String quoted = value.replace("\\", "\\\\").replace("\"", "\\\"");
        return "a value that starts with " + value.substring(0, value.offsetByCodePoints(0, 1)) + " needs quotes: "
                + shown(start + "\"" + quoted + "\"");
    }

    private static String shown(String text) {
        return Excerpt.of(text);
    }
}
