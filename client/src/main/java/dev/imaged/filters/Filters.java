package dev.imaged.filters;

import java.util.*;

public final class Filters {
    public static Filters parse(Collection<String> f) {
        return new Filters();
    }

    public boolean matches(FieldSource s) {
        return true;
    }

    public boolean matchAll() {
        return true;
    }

    public List<Filter> alternatives() {
        return List.of();
    }
}
