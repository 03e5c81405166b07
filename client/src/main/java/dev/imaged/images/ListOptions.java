package dev.imaged.images;

import dev.imaged.filters.Filter;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which images a list has, and what of them. Immutable and thread-safe.
 *
 * @param filters images that match at least one of them; empty for all images
 * @param asOf the moment to list
 * @param notBefore a position that the list must not be older than; null for any
 * @param fields the fields of the images; empty for all
 */
public record ListOptions(
        List<String> filters, AsOf asOf, @Nullable Position notBefore, Set<ImageField> fields) {
    /** All images as they are now. */
    public static final ListOptions DEFAULT = new ListOptions(List.of(), AsOf.now(), null, Set.of());

    public ListOptions {
        filters = List.copyOf(filters);
        fields = Set.copyOf(fields);
    }

    /** Returns these options with other filters, as {@link Filter} describes them. */
    public ListOptions withFilters(List<String> other) {
        return new ListOptions(other, asOf, notBefore, fields);
    }

    /** Returns these options with other filters. */
    public ListOptions withFilters(Filter... other) {
        return withFilters(Stream.of(other).map(Filter::toString).toList());
    }

    /** Returns these options for another moment. */
    public ListOptions asOf(AsOf moment) {
        return new ListOptions(filters, moment, notBefore, fields);
    }

    /** Returns these options for a list that is of a position or of a later one. */
    public ListOptions notBefore(Position position) {
        return new ListOptions(filters, asOf, position, fields);
    }

    /** Returns these options with some fields of the images only. The name always comes; what does not is empty. */
    public ListOptions withFields(ImageField... some) {
        return new ListOptions(filters, asOf, notBefore, Set.of(some));
    }
}
