package dev.imaged.server.store.record;

import dev.imaged.filters.Filter;
import dev.imaged.filters.FilterBuilder;
import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Images, and filters of what they hold, of texts that are often equal, often the beginning of another, and awkward. */
public final class RandomImages {
    private static final List<String> PIECES = List.of(
            "a",
            "b",
            "ab",
            "docker.io/",
            "library",
            ":",
            "v1",
            ".",
            "/",
            "-",
            "\0",
            "\u0001",
            "\n",
            "\"",
            "\\",
            ",",
            "é",
            "e\u0301",
            "K",
            "k",
            "\u212A",
            "\uFF5E",
            "\uFFFD",
            "\uFFFF",
            "😀",
            "\u007F",
            "$",
            "^",
            "*",
            "(",
            " ");
    private static final List<String> KEYS =
            List.of("k", "k\0", "k\0k", "kk", "k.l", "a/b", "é", "\0", "containerd.io/gc.ref.content.0", "k\uFFFF");
    private static final List<String> VALUES = List.of("v", "v\0", "\0v", "vv", "w", "é", "\uFFFD", "1,2", "\"", "😀");
    private static final List<String> TYPES = List.of("m", "application/vnd.oci.image.index.v1+json", "\0", "M");
    private static final int DIGESTS = 12;

    private final Random random;

    public RandomImages(Random random) {
        this.random = random;
    }

    public Image image() {
        return new Image(name(), entries(), new Descriptor(pick(TYPES), digest(), 1 + random.nextInt(9), entries()));
    }

    private String name() {
        StringBuilder name = new StringBuilder(pick(PIECES));
        for (int more = random.nextInt(3); more > 0; more--) {
            name.append(pick(PIECES));
        }
        return name.toString();
    }

    private String digest() {
        return Digest.sha256(Keys.utf8("" + random.nextInt(DIGESTS))).toString();
    }

    private Map<String, String> entries() {
        Map<String, String> entries = new TreeMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            entries.put(pick(KEYS), pick(VALUES));
        }
        return entries;
    }

    /** Returns the filters of a list: none, one or several, each of one or several conditions. */
    public List<String> filters() {
        List<String> filters = new ArrayList<>();
        for (int more = random.nextInt(4); more > 0; more--) {
            filters.add(random.nextInt(40) == 0 ? "" : filter());
        }
        return filters;
    }

    private String filter() {
        FilterBuilder.Conjunction filter = condition(Filter.where());
        while (random.nextInt(3) == 0) {
            filter = condition(filter.and());
        }
        return filter.build().toString();
    }

    private FilterBuilder.Conjunction condition(FilterBuilder where) {
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> compare(where.name(), name());
            case 3 -> compare(where.targetDigest(), digest());
            case 4 -> compare(where.targetMediaType(), pick(TYPES));
            case 5 -> compare(where.annotation(pick(KEYS)), pick(VALUES));
            default -> compare(where.label(pick(KEYS)), pick(VALUES));
        };
    }

    private FilterBuilder.Conjunction compare(FilterBuilder.Condition field, String value) {
        return switch (random.nextInt(6)) {
            case 0 -> field.present();
            case 1, 2 -> field.equalTo(value);
            case 3 -> field.notEqualTo(value);
            default -> field.matchesRegex(regexp(value));
        };
    }

    /** Returns a regexp of a text or of how it begins or ends; what it holds of operators stays, escaped or not. */
    private String regexp(String value) {
        int cut = value.offsetByCodePoints(0, random.nextInt(value.codePointCount(0, value.length()) + 1));
        return switch (random.nextInt(10)) {
            case 8 -> "^" + dotted(value);
            case 9 -> "(?s)^" + dotted(value) + pick(List.of("", "+", ".*", "$"));
            case 0 -> "^" + quoted(value);
            case 1 -> "^" + quoted(value.substring(0, cut));
            case 2 ->
                "^" + quoted(value.substring(0, cut)) + pick(List.of("?", "*", "+", "{0}", ".", "|b", "$", "(a|b)"));
            case 3 -> quoted(value.substring(cut)) + "$";
            case 4 -> "(?i)^" + quoted(value);
            case 5 -> "(^" + quoted(value) + "|^" + quoted(name()) + ")";
            case 6 -> value;
            default -> "[[:alpha:]]" + quoted(value.substring(cut));
        };
    }

    /** Returns a regexp of a text in which some characters may be any. */
    private String dotted(String value) {
        StringBuilder regexp = new StringBuilder();
        value.codePoints()
                .forEach(point -> regexp.append(random.nextInt(3) == 0 ? "." : quoted(Character.toString(point))));
        return regexp.toString();
    }

    private static String quoted(String text) {
        return com.google.re2j.Pattern.quote(text);
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
