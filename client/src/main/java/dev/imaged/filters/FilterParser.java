package dev.imaged.filters;

import dev.imaged.errors.ImageException;
import dev.imaged.filters.FilterScanner.Kind;
import dev.imaged.filters.FilterScanner.Token;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads containerd's filter grammar. Not thread-safe.
 *
 * <pre>
 * filter   = [ selector { "," selector } ]
 * selector = field { "." field } [ operator value ]
 * field    = letters, digits and "_", or quoted
 * operator = "==" | "!=" | "~="
 * value    = visible characters without ",", or quoted; "~=" has two more quotes, "/" and "|"
 * </pre>
 */
final class FilterParser {
    /** The most fields; a path of two parts counts as two. Each takes some hundred bytes in memory, and one or two in the text. */
    static final int MAX_FIELDS = 1 << 16;

    private final String input;
    private final FilterScanner scanner;
    private int fields;
    private int selectorStart;

    FilterParser(String input) {
        this.input = input;
        this.scanner = new FilterScanner(input);
    }

    Filter parse() {
        List<Selector> selectors = new ArrayList<>();
        if (input.isEmpty()) {
            return new Filter(selectors);
        }
        while (true) {
            selectors.add(selector());
            int rune = scanner.peek();
            if (rune == FilterScanner.END) {
                return new Filter(selectors);
            }
            if (rune != ',') {
                int shown = rune == FilterScanner.ILLEGAL ? Unicode.REPLACEMENT : rune;
                throw error(scanner.position(), "unexpected input: " + Character.toString(shown));
            }
            scanner.scan(false);
        }
    }

    private Selector selector() {
        List<String> path = new ArrayList<>();
        scanner.skipSpace();
        selectorStart = scanner.position();
        path.add(field());
        while (scanner.peek() == '.') {
            scanner.scan(false);
            path.add(field());
        }
        int rune = scanner.peek();
        if (rune == ',' || rune == FilterScanner.END) {
            return new Selector(path, Operator.PRESENT, "");
        }
        Operator operator = operator();
        return new Selector(path, operator, value(operator));
    }

    static void requireFew(String what, long count, long max) {
        if (count > max) {
            throw ImageException.ResourceExhausted.tooLarge(
                    "filters: more than " + max + " " + what + ": use fewer or simpler filters", null);
        }
    }

    private String field() {
        fields++;
        requireFew("fields", fields, MAX_FIELDS);
        Token token = scanner.scan(false);
        return switch (token.kind()) {
            case FIELD -> text(token);
            case QUOTED -> unquote(token, false);
            case ILLEGAL -> throw error(token.start(), token.error());
            default -> throw error(token.start(), "expected field or quoted");
        };
    }

    private Operator operator() {
        Token token = scanner.scan(false);
        if (token.kind() == Kind.ILLEGAL) {
            throw error(token.start(), token.error());
        }
        if (token.kind() != Kind.OPERATOR) {
            throw error(token.start(), "expected an operator (\"==\"|\"!=\"|\"~=\")");
        }
        return switch (text(token)) {
            case "==" -> Operator.EQUAL;
            case "!=" -> Operator.NOT_EQUAL;
            case "~=" -> Operator.MATCHES;
            default -> throw error(token.start(), "unsupported operator \"" + text(token) + '"');
        };
    }

    private String value(Operator operator) {
        Token token = scanner.scan(true);
        return switch (token.kind()) {
            case VALUE -> text(token);
            case QUOTED -> unquote(token, operator == Operator.MATCHES);
            case ILLEGAL -> throw error(token.start(), token.error());
            default -> throw error(token.start(), "expected value or quoted");
        };
    }

    private String text(Token token) {
        return input.substring(token.start(), token.end());
    }

    private String unquote(Token token, boolean anyQuote) {
        if (!anyQuote && input.charAt(token.start()) != '"') {
            throw error(token.start(), "invalid quote encountered");
        }
        try {
            return Unquoter.unquote(input.substring(token.start() + 1, token.end() - 1));
        } catch (IllegalArgumentException e) {
            throw error(token.start(), "unquoting failed: " + e.getMessage());
        }
    }

    /**
     * Marks the place of the error. containerd marks one byte, which cuts a longer character: its pieces are not text,
     * and read as U+FFFD, here and in a containerd client.
     */
    private ImageException error(int position, String message) {
        String where = input;
        if (position < input.length()) {
            int end = input.offsetByCodePoints(position, 1);
            String marked = input.substring(position, end);
            int cut = marked.getBytes(StandardCharsets.UTF_8).length - 1;
            where = input.substring(0, position)
                    + " >|"
                    + (cut == 0 ? marked : "\uFFFD")
                    + "|< "
                    + "\uFFFD".repeat(cut)
                    + input.substring(end);
        }
        String hint = new FilterErrorHint(input, selectorStart, position).hint(message);
        // containerd names the code twice
        return ImageException.of(
                        ImageException.Code.INVALID_ARGUMENT,
                        "filters: parse error: [" + where + "]: " + message + ": invalid argument: invalid argument",
                        null)
                .withHints(List.of(hint));
    }
}
