package dev.imaged.filters;

import org.jspecify.annotations.Nullable;

public interface FieldSource {
    @Nullable
    String field(Field field);
}
