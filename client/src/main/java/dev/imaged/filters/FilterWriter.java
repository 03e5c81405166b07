package dev.imaged.filters;

/** Writes a selector in the filter language, with quotes where they are needed. */
final class FilterWriter {
    private final StringBuilder out = new StringBuilder();

    private FilterWriter() {}

    static String write(Selector selector) {
        FilterWriter writer = new FilterWriter();
        String dot = "";
        for (String part : selector.path()) {
            writer.out.append(dot);
            writer.append(part, !part.isEmpty() && part.chars().allMatch(Unicode::isField));
            dot = ".";
        }
        if (selector.operator() != Operator.PRESENT) {
            writer.out.append(selector.operator().sign());
            writer.append(selector.value(), isBareValue(selector.value()));
        }
        return writer.out.toString();
    }

    /** Whether a value is written without quotes. Stricter than the grammar: only ASCII, and nothing that looks like a quote. */
    private static boolean isBareValue(String value) {
        return !value.isEmpty()
                && ".=!~/".indexOf(value.charAt(0)) < 0
                && value.chars().allMatch(c -> c > ' ' && c < 0x7F && "\"|,'".indexOf(c) < 0);
    }

    private void append(String text, boolean bare) {
        if (bare) {
            out.append(text);
            return;
        }
        out.append('"');
        text.codePoints().forEach(this::appendQuoted);
        out.append('"');
    }

    private void appendQuoted(int rune) {
        if (rune == '"' || rune == '\\') {
            out.append('\\').append((char) rune);
        } else if (rune == '\n') {
            out.append("\\n");
        } else if (rune < ' ' || rune == 0x7F) {
            out.append(String.format("\\x%02x", rune));
        } else if (Unicode.isSurrogate(rune)) {
            out.append(String.format("\\x%02x", rune & 0xFF));
        } else if (rune == Unicode.REPLACEMENT) {
            out.append("\\ufffd");
        } else {
            out.appendCodePoint(rune);
        }
    }
}
