package dev.imaged.filters;

import java.lang.ref.SoftReference;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A regexp of RE2's syntax, compiled at the first use. It is compiled again only if memory was short in between, so that a filter
 * with very many large regexps does not fill the heap. Thread-safe.
 */
final class Regexp {
    /** The longest text to search for, in characters. Searching for n characters may take n times as long as reading the text that is
     * searched. */
    private static final int MAX_LOOKED_FOR = 32;

    private final String source;

    private volatile SoftReference<Compiled> compiled = new SoftReference<>(null);

    /** The result of compiling; only the cost and the problem when the regexp is invalid. */
    private record Compiled(
            long cost,
            @Nullable RegexpProgram program,
            RegexpStart start,
            @Nullable String problem,
            AtomicReference<@Nullable RegexpMatcher> idle) {}

    Regexp(String source) {
        this.source = source;
    }

    /** Returns what it costs to compile the regexp, even if it is invalid, see {@link RegexpCost}. */
    long cost() {
        return compiled().cost();
    }

    /**
     * Returns whether the regexp matches somewhere in {@code text}. An invalid one matches nowhere.
     *
     * @param step called now and then; its exception ends the match
     */
    boolean isFoundIn(String text, Runnable step) {
        Compiled current = compiled();
        RegexpProgram program = current.program();
        int from = program == null ? -1 : firstPlace(text, current.start());
        if (program == null || from < 0) {
            return false;
        }
        RegexpMatcher idle = current.idle().getAndSet(null);
        RegexpMatcher matcher = idle == null ? new RegexpMatcher(program) : idle;
        boolean found = matcher.isFoundIn(text, from, step);
        current.idle().set(matcher);
        return found;
    }

    /** Returns the first place in a text at which the regexp may be found, -1 if there is none. This is quick, and rules out most texts. */
    private static int firstPlace(String text, RegexpStart start) {
        if (start.anchored()) {
            return start.isStartOf(text) ? 0 : -1;
        }
        String literal = start.literal();
        return text.indexOf(literal.substring(0, Math.min(literal.length(), MAX_LOOKED_FOR)));
    }

    /** Returns what is wrong with an invalid regexp, and at which of its characters; null for a valid one. */
    @Nullable
    String problem() {
        return compiled().problem();
    }

    /** Returns the texts that follow the {@code ^} of a regexp, see {@link RegexpStart}; none if it does not start with {@code ^}. */
    List<String> anchoredStart() {
        RegexpStart start = compiled().start();
        return start.anchored() ? start.texts() : List.of();
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
        RegexpCost cost = new RegexpCost();
        RegexpParser parser = new RegexpParser(source, cost);
        try {
            RegexpNode root = parser.parse();
            return new Compiled(
                    cost.spent(), RegexpProgram.of(root), RegexpStart.of(root), null, new AtomicReference<>());
        } catch (IllegalArgumentException invalid) {
            String problem = "at character " + (parser.position() + 1) + " of the regexp, " + invalid.getMessage();
            return new Compiled(cost.spent(), null, RegexpStart.ANY, problem, new AtomicReference<>());
        }
    }
}
