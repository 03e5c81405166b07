package dev.imaged.filters;

import dev.imaged.errors.ImageException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A condition on an image in containerd's filter language: selectors that all have to match, for example
 * {@code name~=^docker.io/,labels.env==prod}. A filter without selectors matches everything. Immutable and thread-safe.
 *
 * <p>The language has no "or": a list takes several filters instead, see {@link Filters}.
 */
public final class Filter {
    private final List<Selector> selectors;

    Filter(List<Selector> selectors) {
        this.selectors = List.copyOf(selectors);
    }

    /**
     * Reads a filter, in time linear in its length.
     *
     * @param text one filter; an empty one matches everything
     * @throws ImageException.InvalidArgument if the text breaks containerd's filter grammar; the message is containerd's
     * @throws ImageException.ResourceExhausted if it has more than 65,536 fields
     */
    public static Filter parse(String text) {
        return new FilterParser(text).parse();
    }

    /**
     * Starts to build a filter in code, which needs no quotes: {@code
     * Filter.where().label("a.b/c").equalTo("1,2").build()}.
     */
    public static FilterBuilder where() {
        return new FilterBuilder(List.of());
    }

    /** Returns whether all selectors match {@code source}. */
    public boolean matches(FieldSource source) {
        for (Selector selector : selectors) {
            if (!selector.matches(source)) {
                return false;
            }
        }
        return true;
    }

    /** Returns the conditions in the order they were written; an empty list when everything matches. */
    public List<Selector> selectors() {
        return selectors;
    }

    /** Returns whether {@code other} has equal selectors in the same order. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Filter that && selectors.equals(that.selectors);
    }

    @Override
    public int hashCode() {
        return selectors.hashCode();
    }

    /** Returns the filter as text that {@link #parse} reads back to an equal filter. */
    @Override
    public String toString() {
        return selectors.stream().map(Selector::toString).collect(Collectors.joining(","));
    }
}
