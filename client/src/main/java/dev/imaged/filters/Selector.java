package dev.imaged.filters;

import java.util.*;

public record Selector(Field field, Operator operator, String value) {
    public enum Operator {
        PRESENT,
        EQUAL,
        NOT_EQUAL,
        MATCHES
    }

    public Optional<String> anchoredLiteralPrefix() {
        return Optional.empty();
    }
}
