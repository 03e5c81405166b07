package dev.imaged.filters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.imaged.errors.ImageException.InvalidArgument;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Any text is a filter, which prints to one that is equal and matches the same, or InvalidArgument that says where. */
class FilterFuzzTest {
    /** Parts of values, besides those that the filter itself names. */
    private static final List<String> TEXTS = List.of("", "a", "a\0", "ab\n", "é", "\uFFFD", "😀", "sha256:0");

    @FuzzTest
    void anyTextIsAFilterOrInvalidArgument(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        Filter filter;
        try {
            filter = Filter.parse(text);
        } catch (InvalidArgument e) {
            assertTrue(e.getMessage().startsWith("filters: parse error: ["), e.getMessage());
            return;
        }
        Filter again = Filter.parse(filter.toString());
        assertEquals(filter, again);
        assertEquals(filter.hashCode(), again.hashCode());
        for (TestImage image : images(filter)) {
            boolean all = true;
            for (Selector selector : filter.selectors()) {
                all &= requirePlainMeaning(selector, image);
            }
            assertEquals(all, filter.matches(image), filter::toString);
            assertEquals(all, again.matches(image), filter::toString);
        }
    }

    /** Compares a selector with what the operators mean, and the prefix that a planner relies on with what it matches. */
    private static boolean requirePlainMeaning(Selector selector, TestImage image) {
        String found = selector.field().kind() == Field.Kind.NONE ? null : image.value(selector.field());
        boolean ofMap =
                selector.field().kind() == Field.Kind.LABEL || selector.field().kind() == Field.Kind.ANNOTATION;
        boolean present = found != null && (ofMap || !found.isEmpty());
        String value = found == null ? "" : found;
        boolean matches = selector.matches(image);
        switch (selector.operator()) {
            case PRESENT -> assertEquals(present, matches, selector::toString);
            case EQUAL -> assertEquals(present && value.equals(selector.value()), matches, selector::toString);
            case NOT_EQUAL -> assertEquals(!value.equals(selector.value()), matches, selector::toString);
            case MATCHES -> {
                String start = selector.anchoredLiteralPrefix().orElse("");
                assertTrue(!matches || value.startsWith(start), () -> selector + " matches " + value);
            }
        }
        return matches;
    }

    /** Images whose fields are what the filter compares with, alone and with something before or behind. */
    private static List<TestImage> images(Filter filter) {
        List<TestImage> images = new ArrayList<>();
        for (String text : TEXTS) {
            images.add(image("a", text));
            for (Selector selector :
                    filter.selectors().subList(0, Math.min(4, filter.selectors().size()))) {
                images.add(image(selector.field().key(), selector.value() + text));
                images.add(image(selector.field().key(), text + selector.value()));
                images.add(image("", selector.anchoredLiteralPrefix().orElse("x") + text));
            }
        }
        return images;
    }

    private static TestImage image(String key, String value) {
        return new TestImage(value, value, value, Map.of(key, value), Map.of(key, value));
    }
}
