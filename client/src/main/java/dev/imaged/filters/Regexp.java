package dev.imaged.filters;

import java.lang.ref.SoftReference;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A regexp of RE2's syntax, compiled at the first use, once; again only if memory was short in between, so that a filter
 * of very many large regexps does not take the heap. Thread-safe.
 */
final class Regexp {
    /** In characters. To look for a text of n characters may take n times as long as to read what it is looked for in. */
    private static final int MAX_LOOKED_FOR = 32;

    private final String source;

    private volatile SoftReference<Compiled> compiled = new SoftReference<>(null);

    /** The outcome of compiling; none but the cost when the regexp is invalid. */
    private record Compiled(
            long cost,
            @Nullable RegexpProgram program,
            RegexpStart start,
            AtomicReference<@Nullable RegexpMatcher> idle) {}

    Regexp(String source) {
        this.source = source;
    }

    /** Returns what it costs to compile the regexp, even if it is invalid, see {@link RegexpCost}. */
    long cost() {
        return compiled().cost();
    }

    /**
     * Returns whether the regexp matches somewhere in {@code text}; an invalid one does nowhere.
     *
     * @param step called now and then; what it throws ends the match
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

    /** Returns the first place in a text at which the regexp may be found, -1 if there is none: quick, and rules most out. */
    private static int firstPlace(String text, RegexpStart start) {
        String literal = start.literal();
        if (start.anchored()) {
            return text.startsWith(literal) ? 0 : -1;
        }
        return text.indexOf(literal.substring(0, Math.min(literal.length(), MAX_LOOKED_FOR)));
    }

    /** Returns the text that a regexp which starts with {@code ^} goes on with; nothing without either. */
    Optional<String> anchoredLiteralPrefix() {
        RegexpStart start = compiled().start();
        return start.anchored() && !start.literal().isEmpty() ? Optional.of(start.literal()) : Optional.empty();
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
        try {
            RegexpNode root = new RegexpParser(source, cost).parse();
            return new Compiled(cost.spent(), RegexpProgram.of(root), RegexpStart.of(root), new AtomicReference<>());
        } catch (IllegalArgumentException invalid) {
            return new Compiled(cost.spent(), null, RegexpStart.ANY, new AtomicReference<>());
        }
    }
}
