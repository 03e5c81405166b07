package dev.imaged.filters;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings a regexp of Go's syntax to what RE2/J reads the same way, and refuses what RE2/J takes and Go does not: nesting
 * deeper than 1,000, repeats that multiply to more than 1,000, escapes of characters beyond ASCII, and what is so
 * large that it would take the heap or the processor. The rest is not parsed: what is let through may still be invalid. Not thread-safe.
 */
final class RegexpSyntax {
    private static final int MAX_HEIGHT = 1_000;
    private static final int MAX_OPEN = 10_000;
    private static final int MAX_REPEAT = 1_000;
    /** In characters. Go has no such limit, but RE2/J's parser takes time that is quadratic in the length. */
    private static final int MAX_LENGTH = 1 << 14;
    /** In instructions, estimated. Go's limit is about ten times that. */
    static final long MAX_SIZE = 300_000;
    /** What a Unicode class such as {@code \pL} counts. */
    private static final int UNICODE_CLASS_SIZE = 256;

    private static final Pattern FLAGS = Pattern.compile("\\?[A-Za-z-]*\\)");
    private static final Pattern GROUP_START = Pattern.compile("\\?[A-Za-z-]*:");
    private static final Pattern GROUP_NAME = Pattern.compile("\\?P?<[A-Za-z0-9_]+>");
    /** As in Go, a number with a leading zero makes no repeat but literal text. */
    private static final Pattern REPEAT = Pattern.compile("(0|[1-9][0-9]{0,15})(?:(,)(0|[1-9][0-9]{0,15})?)?\\}");

    private final String source;
    private final StringBuilder out;
    private final Deque<RegexpGroup> open = new ArrayDeque<>();
    private RegexpGroup group = new RegexpGroup(false);
    private int position;

    private RegexpSyntax(String source) {
        this.source = source;
        this.out = new StringBuilder(source.length());
    }

    /** Returns the regexp for RE2/J, or null if it is refused. */
    static @Nullable String toRe2j(String source) {
        return source.length() > MAX_LENGTH || Unicode.hasLoneSurrogate(source)
                ? null
                : new RegexpSyntax(source).convert();
    }

    /** Returns about how many instructions a regexp has, 0 if it is refused. */
    static long size(String source) {
        if (source.length() > MAX_LENGTH) {
            return 0;
        }
        RegexpSyntax syntax = new RegexpSyntax(source);
        return syntax.convert() == null ? 0 : syntax.group.size();
    }

    private @Nullable String convert() {
        while (position < source.length()) {
            int start = position;
            char c = source.charAt(position++);
            if (c == '{' && !isRepeat()) {
                // RE2/J takes a literal brace only if no repeat follows it.
                out.append('\\');
                group.add(1, 1, 1);
            } else if (!step(c)) {
                return null;
            }
            if (c == '(' && source.charAt(position - 1) == '>') {
                // Go lets two groups have one name, RE2/J does not; a name is of no use here.
                out.append('(');
            } else {
                out.append(source, start, position);
            }
        }
        group.endAlternative();
        return group.height() <= MAX_HEIGHT ? out.toString() : null;
    }

    private boolean step(char c) {
        switch (c) {
            case '\\' -> {
                if (!escape()) {
                    return false;
                }
            }
            case '[' -> {
                if (!charClass()) {
                    return false;
                }
            }
            case '(' -> openGroup();
            case ')' -> closeGroup();
            case '{' -> repeat();
            case '|' -> group.endAlternative();
            case '*', '+', '?' -> group.repeat(1, 1);
            default -> group.add(1, 1, 1);
        }
        return group.size() <= MAX_SIZE && group.repeat() <= MAX_REPEAT && open.size() <= MAX_OPEN;
    }

    private boolean lookingAt(Pattern pattern) {
        return matcher(pattern).lookingAt();
    }

    private Matcher matcher(Pattern pattern) {
        return pattern.matcher(source).region(position, source.length());
    }

    private void openGroup() {
        if (lookingAt(FLAGS)) {
            // Flags alone are no atom: a repeat after them belongs to what was before.
            position = source.indexOf(")", position) + 1;
            return;
        }
        open.push(group);
        group = new RegexpGroup(!lookingAt(GROUP_START));
        Matcher name = matcher(GROUP_NAME);
        if (name.lookingAt()) {
            position = name.end();
        } else if (source.startsWith("?", position)) {
            position++;
        }
    }

    private void closeGroup() {
        if (!open.isEmpty()) {
            RegexpGroup closed = group;
            closed.endAlternative();
            group = open.pop();
            group.add(closed.size() + 2, closed.height(), closed.repeat());
        }
    }

    /** Reads one escape; a quotation runs to {@code \E} or to the end. */
    private boolean escape() {
        if (position >= source.length()) {
            return true;
        }
        char c = source.charAt(position++);
        if (c == 'Q') {
            int end = source.indexOf("\\E", position);
            int stop = end < 0 ? source.length() : end;
            group.add(stop - position, 1, 1);
            position = end < 0 ? stop : stop + 2;
            return true;
        }
        group.add(c == 'p' || c == 'P' ? UNICODE_CLASS_SIZE : 1, 1, 1);
        if (source.startsWith("{", position) && (c == 'p' || c == 'P' || c == 'x')) {
            position++;
        }
        return c < 0x80;
    }

    private boolean charClass() {
        long size = 2;
        if (source.startsWith("^", position)) {
            position++;
        }
        int first = position;
        while (position < source.length() && (source.charAt(position) != ']' || position == first)) {
            char c = source.charAt(position++);
            size++;
            if (c == '\\' && position < source.length()) {
                char escaped = source.charAt(position++);
                if (escaped >= 0x80) {
                    return false;
                }
                size += escaped == 'p' || escaped == 'P' ? UNICODE_CLASS_SIZE : 0;
            } else if (source.startsWith("[:", position - 1)) {
                int end = source.indexOf(":]", position + 1);
                position = end < 0 ? position : end + 2;
            }
        }
        position = Math.min(position + 1, source.length());
        group.add(size, 1, 1);
        return true;
    }

    private boolean isRepeat() {
        return lookingAt(REPEAT);
    }

    private void repeat() {
        Matcher bounds = matcher(REPEAT);
        if (bounds.lookingAt()) {
            position = bounds.end();
            String most = bounds.group(3) == null ? bounds.group(1) : bounds.group(3);
            group.repeat(Long.parseLong(most), Math.max(1, Long.parseLong(most)));
        }
    }
}
