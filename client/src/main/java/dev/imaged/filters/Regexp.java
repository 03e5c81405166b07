package dev.imaged.filters;

import com.google.re2j.Pattern;
import java.lang.ref.SoftReference;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A regexp of RE2's syntax, compiled at the first use, once; again only if memory was short in between, so that a filter
 * of very many large regexps does not take the heap. Thread-safe.
 */
final class Regexp {
    private static final String META = "\\.+*?()|[]{}^$";

    /** In characters. */
    private static final int LONG = 256;

    private final String source;

    /** What every text holds that the regexp matches; nothing else is needed when that is all of the regexp. */
    private final String required;

    private volatile SoftReference<Compiled> compiled = new SoftReference<>(null);

    /** The outcome of compiling; no pattern when the regexp is invalid. */
    private record Compiled(@Nullable Pattern pattern) {}

    Regexp(String source) {
        this.source = source;
        this.required = source.indexOf('|') >= 0 ? "" : plainCharacters(source, 0);
    }

    /** Returns about how many instructions the compiled regexp has; 0 for one that is refused. */
    long size() {
        return RegexpSyntax.size(source);
    }

    /**
     * Returns whether the regexp matches somewhere in {@code text}; an invalid one does nowhere.
     *
     * @param step called now and then with a long text; what it throws ends the match
     */
    boolean isFoundIn(String text, Runnable step) {
        Pattern pattern = compiled().pattern();
        if (pattern == null || !text.contains(required)) {
            return false;
        }
        if (required.length() == source.length()) {
            return true;
        }
        try {
            return pattern.matcher(text.length() > LONG ? new SteppedText(text, step) : text)
                    .find();
        } catch (StackOverflowError e) {
            // RE2/J follows empty steps, such as thousands of "a?", by recursion.
            compiled = new SoftReference<>(new Compiled(null));
            return false;
        }
    }

    private Compiled compiled() {
        Compiled result = compiled.get();
        if (result == null) {
            synchronized (this) {
                result = compiled.get();
                if (result == null) {
                    result = compile(source);
                    compiled = new SoftReference<>(result);
                }
            }
        }
        return result;
    }

    private static Compiled compile(String source) {
        String converted = RegexpSyntax.toRe2j(source);
        if (converted == null) {
            return new Compiled(null);
        }
        try {
            return new Compiled(Pattern.compile(converted));
        } catch (RuntimeException | StackOverflowError e) {
            // Besides syntax errors: a defect of RE2/J must not become one of the caller.
            return new Compiled(null);
        }
    }

    /** Returns the plain characters after a leading {@code ^}; none if there is an alternative anywhere. */
    Optional<String> anchoredLiteralPrefix() {
        if (!source.startsWith("^") || source.indexOf('|') >= 0) {
            return Optional.empty();
        }
        String prefix = plainCharacters(source, 1);
        return prefix.isEmpty() ? Optional.empty() : Optional.of(prefix);
    }

    /** Returns the plain characters from a position on, those that a repeat makes optional not among them. */
    private static String plainCharacters(String source, int from) {
        StringBuilder plain = new StringBuilder();
        int position = from;
        while (position < source.length()) {
            int start = source.charAt(position) == '\\' ? position + 1 : position;
            if (start >= source.length() || !isLiteral(source.codePointAt(start), start > position)) {
                break;
            }
            int end = source.offsetByCodePoints(start, 1);
            if (end < source.length() && "?*{".indexOf(source.charAt(end)) >= 0) {
                break;
            }
            plain.append(source, start, end);
            position = end;
        }
        return plain.toString();
    }

    private static boolean isLiteral(int rune, boolean escaped) {
        return escaped ? META.indexOf(rune) >= 0 : META.indexOf(rune) < 0;
    }
}
