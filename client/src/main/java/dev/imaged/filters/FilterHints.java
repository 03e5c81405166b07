package dev.imaged.filters;

import dev.imaged.internal.text.Excerpt;
import dev.imaged.oci.Digest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds parts of filters that are legal but select nothing, or everything, whatever the images are, and says what was
 * probably meant.
 */
final class FilterHints {
    /** The most hints; more would not be read. */
    static final int MAX = 5;

    static final String FIELDS = "fields are name, target.digest, target.mediatype, labels.KEY and annotations.KEY";

    /** The names of the fields in other tools, and in other versions of this API, in lower case. */
    private static final Map<String, String> MEANT = Map.ofEntries(
            Map.entry("name", "name"),
            Map.entry("names", "name"),
            Map.entry("ref", "name"),
            Map.entry("reference", "name"),
            Map.entry("image", "name"),
            Map.entry("image.name", "name"),
            Map.entry("digest", "target.digest"),
            Map.entry("target", "target.digest"),
            Map.entry("target.digest", "target.digest"),
            Map.entry("mediatype", "target.mediatype"),
            Map.entry("media_type", "target.mediatype"),
            Map.entry("target.mediatype", "target.mediatype"),
            Map.entry("target.media_type", "target.mediatype"),
            Map.entry("target.type", "target.mediatype"));

    private FilterHints() {}

    /** Returns a line for each part of the filters that is wrong, at most {@value #MAX}, in their order. */
    static List<String> of(Filters filters) {
        List<String> hints = List.of();
        for (Filter filter : filters.alternatives()) {
            hints = addAll(hints, filter.selectors());
            if (hints.size() == MAX) {
                break;
            }
        }
        return hints;
    }

    private static List<String> addAll(List<String> hints, List<Selector> selectors) {
        List<String> all = hints;
        for (int i = 0; i < selectors.size() && all.size() < MAX; i++) {
            String hint = of(selectors.get(i), i == 0 ? null : selectors.get(i - 1));
            if (hint != null) {
                all = added(all, hint);
            }
        }
        String contradiction = selectors.size() < 2 || all.size() == MAX ? null : contradiction(selectors);
        return contradiction == null ? all : added(all, contradiction);
    }

    private static List<String> added(List<String> hints, String hint) {
        List<String> added = new ArrayList<>(hints);
        added.add(hint);
        return added;
    }

    /** @param before the selector before this one, null for the first */
    private static @Nullable String of(Selector selector, @Nullable Selector before) {
        if (selector.field().kind() == Field.Kind.NONE) {
            return unknownField(selector, before);
        }
        return switch (selector.operator()) {
            case EQUAL -> neverEqual(selector);
            case MATCHES -> {
                String problem = selector.regexpProblem();
                yield problem == null ? null : shown(selector) + " matches nothing: " + problem;
            }
            case PRESENT, NOT_EQUAL -> null;
        };
    }

    private static String unknownField(Selector selector, @Nullable Selector before) {
        String path = String.join(".", selector.path());
        String selects = selector.matches(field -> null) ? "everything" : "nothing";
        String hint = Excerpt.of(path) + " is never present: a selector on it matches " + selects + "; ";
        if (selector.operator() == Operator.PRESENT && before != null && before.operator() != Operator.PRESENT) {
            return hint + "a comma means \"and\": quote a value that has one, or give several filters for \"or\"";
        }
        String meant = meant(selector.path());
        return hint + (meant == null ? FIELDS : "did you mean " + meant + "?");
    }

    private static @Nullable String meant(List<String> path) {
        String first = path.get(0).toLowerCase(Locale.ROOT);
        int key = first.equals("target") && path.size() > 2 ? 2 : 1;
        String map = key == 2 ? path.get(1).toLowerCase(Locale.ROOT) : first;
        if (map.equals("label") || map.equals("labels") || map.equals("annotation") || map.equals("annotations")) {
            String rest = key < path.size() ? String.join(".", path.subList(key, path.size())) : "KEY";
            Field field = map.startsWith("label") ? Field.label(rest) : Field.annotation(rest);
            return Excerpt.of(new Selector(field.path(), Operator.PRESENT, "").toString());
        }
        return MEANT.get(String.join(".", path).toLowerCase(Locale.ROOT));
    }

    private static @Nullable String neverEqual(Selector selector) {
        String value = selector.value();
        if (value.isEmpty()) {
            String field = shown(new Selector(selector.path(), Operator.PRESENT, ""));
            boolean ofMap = selector.field().kind() == Field.Kind.LABEL
                    || selector.field().kind() == Field.Kind.ANNOTATION;
            return shown(selector) + " never matches: an empty value is not stored"
                    + (ofMap ? "; " + field + "~=\"^$\" matches images without it" : "");
        }
        if (Unicode.hasLoneSurrogate(value)) {
            return shown(selector) + " never matches: the value is not valid UTF-8";
        }
        if (selector.field().kind() == Field.Kind.TARGET_DIGEST && !Digest.isValid(value)) {
            String lower = value.toLowerCase(Locale.ROOT);
            String start = lower.contains(":") ? lower : "sha256:" + lower;
            return shown(selector) + " never matches: a digest is sha256: and 64 hex digits in lower case"
                    + (start.matches("[a-z0-9]+:[a-f0-9]+")
                            ? "; its start is target.digest~=^" + Excerpt.of(start)
                            : "");
        }
        return null;
    }

    /** Conditions that exclude each other. */
    private static @Nullable String contradiction(List<Selector> selectors) {
        Map<Field, Selector> wanted = new HashMap<>();
        for (Selector selector : selectors) {
            if (selector.operator() == Operator.EQUAL && selector.field().kind() != Field.Kind.NONE) {
                Selector other = wanted.putIfAbsent(selector.field(), selector);
                if (other != null && !other.value().equals(selector.value())) {
                    return shown(other) + " and " + shown(selector)
                            + " never match together: a comma means \"and\"; give two filters for \"or\"";
                }
            }
        }
        return null;
    }

    private static String shown(Selector selector) {
        return Excerpt.of(selector.toString());
    }
}
