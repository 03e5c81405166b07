package dev.imaged.filters;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An image in its plainest form, for filters to be put to. */
record TestImage(
        String name, String mediaType, String digest, Map<String, String> labels, Map<String, String> annotations)
        implements FieldSource {

    static TestImage named(String name) {
        return new TestImage(name, "m", "sha256:0", Map.of(), Map.of());
    }

    static TestImage labelled(String key, String value) {
        return new TestImage("n", "m", "sha256:0", Map.of(key, value), Map.of());
    }

    @Override
    public @Nullable String value(Field field) {
        return switch (field.kind()) {
            case NAME -> name;
            case TARGET_DIGEST -> digest;
            case TARGET_MEDIATYPE -> mediaType;
            case LABEL -> labels.get(field.key());
            case ANNOTATION -> annotations.get(field.key());
            case NONE -> throw new AssertionError("nobody asks for NONE");
        };
    }
}
