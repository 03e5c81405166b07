package dev.imaged.filters;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One condition of a {@link Filter}: a field, an operator and a value. Immutable and thread-safe.
 *
 * <p>A regexp is compiled once, at its first use. An invalid regexp is not an error: the selector matches nothing
 * (containerd's filter grammar). A regexp of more than 300,000 instructions and ranges of code points counts as
 * invalid.
 */
public final class Selector {
    private final List<String> path;
    private final Operator operator;
    private final String value;
    private final Field field;
    private final @Nullable Regexp regexp;

    Selector(List<String> path, Operator operator, String value) {
        this.path = List.copyOf(path);
        this.operator = operator;
        this.value = value;
        this.field = Field.of(this.path);
        this.regexp = operator == Operator.MATCHES ? new Regexp(value) : null;
    }

    /** Returns the parts of the field's path as they were written, at least one. */
    public List<String> path() {
        return path;
    }

    /** Returns how the field is compared. */
    public Operator operator() {
        return operator;
    }

    /**
     * Returns the value that the field is compared with, unquoted; empty for {@link Operator#PRESENT}. A byte that is
     * not part of valid UTF-8, such as the escape {@code "\xff"} makes, is a lone surrogate here, U+DC80 to U+DCFF, and
     * so equals no valid text.
     */
    public String value() {
        return value;
    }

    /** Returns the field that the path names, for a query planner. */
    public Field field() {
        return field;
    }

    /** Returns whether {@code source} meets this condition. */
    public boolean matches(FieldSource source) {
        return matches(valueIn(source), source::requireWanted);
    }

    /**
     * Returns whether a value of the field meets this condition.
     *
     * @param found the value, null when the field is absent
     * @param requireWanted called again and again while a regexp is looked for; its exception ends the look
     */
    public boolean matches(@Nullable String found, Runnable requireWanted) {
        String orEmpty = found == null ? "" : found;
        return switch (operator) {
            case PRESENT -> found != null;
            case EQUAL -> found != null && found.equals(value);
            case NOT_EQUAL -> !orEmpty.equals(value);
            case MATCHES -> regexp != null && regexp.isFoundIn(orEmpty, requireWanted);
        };
    }

    /** Returns the cost of the regexp, 0 without one, see {@link RegexpCost}. */
    long regexpCost() {
        return regexp == null ? 0 : regexp.cost();
    }

    /** Returns what is wrong with the regexp, and where; null without a regexp, or with a valid one. */
    @Nullable
    String regexpProblem() {
        return regexp == null ? null : regexp.problem();
    }

    private @Nullable String valueIn(FieldSource source) {
        return switch (field.kind()) {
            case NONE -> null;
            case LABEL, ANNOTATION -> source.value(field);
            case NAME, TARGET_DIGEST, TARGET_MEDIATYPE -> {
                String found = source.value(field);
                yield found == null || found.isEmpty() ? null : found;
            }
        };
    }

    /**
     * Returns a text with which every value that this selector matches starts, for a query planner. The text is not
     * empty; there is one only for a regexp that starts with {@code ^} and plain characters. An empty result says
     * nothing about the values.
     */
    public Optional<String> anchoredLiteralPrefix() {
        return anchoredStart().stream().limit(1).filter(text -> !text.isEmpty()).findFirst();
    }

    /**
     * Returns the texts with which every value that this selector matches starts, for a query planner: the texts in a
     * row, with exactly one code point, any, between each two. For {@code ^registry.example/a[0-9]} these are {@code
     * registry}, {@code example/a} and an empty text. An empty list says nothing about the values.
     */
    public List<String> anchoredStart() {
        return regexp == null ? List.of() : regexp.anchoredStart();
    }

    /** Returns whether {@code other} has the same path, operator and value. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Selector that
                && path.equals(that.path)
                && operator == that.operator
                && value.equals(that.value);
    }

    @Override
    public int hashCode() {
        return Objects.hash(path, operator, value);
    }

    /** Returns the condition in the filter language. */
    @Override
    public String toString() {
        return FilterWriter.write(this);
    }
}
