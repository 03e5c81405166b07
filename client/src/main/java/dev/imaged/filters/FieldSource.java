package dev.imaged.filters;

import org.jspecify.annotations.Nullable;

/** Something that a filter can be put to: it answers the value of a field. */
@FunctionalInterface
public interface FieldSource {
    /**
     * Returns the value of {@code field}, or null when it is absent. An empty label is present; an empty name, digest
     * or media type counts as absent. Never asked for {@link Field.Kind#NONE}.
     */
    @Nullable
    String value(Field field);

    /** Called now and then while a long value is matched; what it throws ends the match. */
    default void requireWanted() {}
}
