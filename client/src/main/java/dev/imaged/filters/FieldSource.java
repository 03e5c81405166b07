package dev.imaged.filters;

import org.jspecify.annotations.Nullable;

/** An object that a filter can match: it returns the values of fields. */
@FunctionalInterface
public interface FieldSource {
    /**
     * Returns the value of {@code field}, or null when it is absent. An empty label is present; an empty name, digest
     * or media type counts as absent. Never asked for {@link Field.Kind#NONE}.
     */
    @Nullable
    String value(Field field);

    /** Called now and then while a long value is matched; an exception that it throws ends the match. */
    default void requireWanted() {}
}
