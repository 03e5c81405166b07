package dev.imaged.filters;

import java.util.*;

public final class Filter {
    public List<Selector> selectors() {
        return List.of();
    }
}
