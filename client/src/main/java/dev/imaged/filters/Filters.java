package dev.imaged.filters;

import dev.imaged.errors.ImageException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The filters of one list: an image matches when at least one of them matches, or when there are none. Immutable and
 * thread-safe.
 */
public final class Filters {
    private static final Filters ALL = new Filters(List.of());

    private final List<Filter> alternatives;

    private Filters(List<Filter> alternatives) {
        this.alternatives = alternatives;
    }

    /** Returns the filters that match everything. */
    public static Filters all() {
        return ALL;
    }

    /** Returns the filters that match what at least one of {@code alternatives} does; everything when there are none. */
    public static Filters of(Collection<Filter> alternatives) {
        return new Filters(List.copyOf(alternatives));
    }

    /**
     * Reads all of {@code texts}.
     *
     * @throws ImageException.InvalidArgument if any of them is invalid, with the message of the first such
     * @throws ImageException.ResourceExhausted if they have more than 65,536 fields together, or their regexps more than
     *     300,000 instructions and ranges of code points
     */
    public static Filters parse(Collection<String> texts) {
        List<Filter> filters = new ArrayList<>();
        int fields = 0;
        long cost = 0;
        for (String text : texts) {
            Filter filter = Filter.parse(text);
            for (Selector selector : filter.selectors()) {
                fields += selector.path().size();
                cost += selector.regexpCost();
                FilterParser.requireFew("instructions and ranges of regexps", cost, RegexpCost.MAX);
            }
            FilterParser.requireFew("fields", fields, FilterParser.MAX_FIELDS);
            filters.add(filter);
        }
        return new Filters(filters);
    }

    /** Returns whether at least one filter matches {@code source}, or there are none. */
    public boolean matches(FieldSource source) {
        for (Filter filter : alternatives) {
            if (filter.matches(source)) {
                return true;
            }
        }
        return alternatives.isEmpty();
    }

    /**
     * Returns what is probably wrong: a line for each part that selects nothing, or everything, whatever the images
     * are. There are at most five lines, in the order of the filters. Each says what was probably meant.
     */
    public List<String> hints() {
        return FilterHints.of(this);
    }

    /** Returns the filters in the order they were given; an empty list when everything matches. */
    public List<Filter> alternatives() {
        return alternatives;
    }

    /** Returns whether {@code other} has equal filters in the same order. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Filters that && alternatives.equals(that.alternatives);
    }

    @Override
    public int hashCode() {
        return alternatives.hashCode();
    }

    /** Returns the filters as a list of their texts. */
    @Override
    public String toString() {
        return alternatives.toString();
    }
}
