package dev.imaged.filters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What is said of filters that cannot match, and of filters that cannot be read. */
class FilterHintsTest {
    private static final String FIELDS =
            "fields are name, target.digest, target.mediatype, labels.KEY and annotations.KEY";

    private static List<String> hints(String... filters) {
        return FilterHints.of(Filters.parse(List.of(filters)));
    }

    @TestFactory
    Stream<DynamicTest> aFilterThatCannotMatchSaysWhatWasMeant() {
        String hex = "a".repeat(64);
        return Map.ofEntries(
                        Map.entry(
                                "target.size",
                                "target.size is never present: a selector on it matches nothing; " + FIELDS),
                        Map.entry(
                                "target.size!=5",
                                "target.size is never present: a selector on it matches everything; " + FIELDS),
                        Map.entry(
                                "target.mediaType==x",
                                "target.mediaType is never present: a selector on it matches nothing;"
                                        + " did you mean target.mediatype?"),
                        Map.entry(
                                "Name==x",
                                "Name is never present: a selector on it matches nothing; did you mean name?"),
                        Map.entry(
                                "label.\"a/b\"==x",
                                "label.a/b is never present: a selector on it matches nothing;"
                                        + " did you mean labels.\"a/b\"?"),
                        Map.entry(
                                "target.annotations.x",
                                "target.annotations.x is never present: a selector on it matches nothing;"
                                        + " did you mean annotations.x?"),
                        Map.entry(
                                "labels",
                                "labels is never present: a selector on it matches nothing; did you mean labels.KEY?"),
                        Map.entry(
                                "labels.env==prod,dev",
                                "dev is never present: a selector on it matches nothing; a comma means \"and\":"
                                        + " quote a value that has one, or give several filters for \"or\""),
                        Map.entry(
                                "labels.x==\"\"",
                                "labels.x==\"\" never matches: an empty value is not stored;"
                                        + " labels.x~=\"^$\" matches images without it"),
                        Map.entry("name==\"\"", "name==\"\" never matches: an empty value is not stored"),
                        Map.entry(
                                "name~=\"(a\"",
                                "name~=(a matches nothing: at character 3 of the regexp, a ) is missing"),
                        Map.entry(
                                "name~=\"a(?=b)\"",
                                "name~=a(?=b) matches nothing: at character 2 of the regexp, a group has an invalid flag"
                                        + " (RE2 has no lookaround)"),
                        Map.entry(
                                "name~=*a",
                                "name~=*a matches nothing: at character 1 of the regexp,"
                                        + " there is nothing to repeat: write .* for any text"),
                        Map.entry(
                                "target.digest==ABC",
                                "target.digest==ABC never matches: a digest is sha256: and 64 hex digits in lower case;"
                                        + " its start is target.digest~=^sha256:abc"),
                        Map.entry("name==\"\\xff\"", "name==\"\\xff\" never matches: the value is not valid UTF-8"),
                        Map.entry(
                                "name==a,name==b",
                                "name==a and name==b never match together: a comma means \"and\";"
                                        + " give two filters for \"or\""),
                        Map.entry(
                                "target.digest==sha256:" + hex + ",target.digest==sha512:" + hex + hex,
                                "target.digest==sha256:" + hex + " and target.digest==" + "sha512:" + hex + hex
                                        + " never match together: a comma means \"and\"; give two filters for \"or\""))
                .entrySet()
                .stream()
                .map(row -> DynamicTest.dynamicTest(
                        row.getKey(),
                        () -> assertEquals(List.of(shortened(row.getValue())), shortened(hints(row.getKey())))));
    }

    /** Long values are cut, which {@code Excerpt} tests. */
    private static String shortened(String hint) {
        return hint.replaceAll("a{60,}.* never", "a... never");
    }

    private static List<String> shortened(List<String> hints) {
        return hints.stream().map(FilterHintsTest::shortened).toList();
    }

    @TestFactory
    Stream<DynamicTest> aFilterThatCannotBeReadSaysWhatWasMeant() {
        return Map.ofEntries(
                        Map.entry(
                                "labels.io.cri-containerd.image==managed",
                                "labels.io.cri-containerd.image needs quotes: labels.\"io.cri-containerd.image\""),
                        Map.entry(
                                "name==a, labels.example.com/team",
                                "labels.example.com/team needs quotes: labels.\"example.com/team\""),
                        Map.entry("labels.'env'==x", "labels.'env' needs quotes: labels.\"env\""),
                        Map.entry("annotations.a-b!=x", "annotations.a-b needs quotes: annotations.\"a-b\""),
                        Map.entry("labels.a.b=x", "operators are == (equal), != (not equal) and ~= (matches a regexp)"),
                        Map.entry("name=x", "operators are == (equal), != (not equal) and ~= (matches a regexp)"),
                        Map.entry("name=~x", "operators are == (equal), != (not equal) and ~= (matches a regexp)"),
                        Map.entry(
                                "name==",
                                "name== has no value: leave the operator out to ask for presence, or write \"\" for an empty one"),
                        Map.entry("name~=.*app", "a value that starts with . needs quotes: name~=\".*app\""),
                        Map.entry("name==.\\d", "a value that starts with . needs quotes: name==\".\\\\d\""),
                        Map.entry("name==|a|", "only ~= takes / and | for quotes: use \" here"),
                        Map.entry(
                                "name~=^a{0,5}$",
                                "a comma means \"and\", and a field has to follow it: quote a value or a regexp that has a comma,"
                                        + " as in name~=\"^a{1,3}$\""),
                        Map.entry(
                                "name==a or name==b",
                                "after a value comes a comma, which means \"and\", or the end: remove the space, quote a value"
                                        + " that has one, and give several filters for \"or\""),
                        Map.entry(
                                "*",
                                "a filter is FIELD, FIELD==VALUE, FIELD!=VALUE or FIELD~=REGEXP, several with commas for"
                                        + " \"and\"; " + FIELDS))
                .entrySet()
                .stream()
                .map(row -> DynamicTest.dynamicTest(row.getKey(), () -> {
                    InvalidArgument error = assertThrows(InvalidArgument.class, () -> Filter.parse(row.getKey()));
                    assertEquals(List.of(row.getValue()), error.hints());
                }));
    }

    @Test
    void escapesAndQuotesThatDoNotEndAreExplained() {
        for (String filter : List.of("name~=\"\\d\"", "name==\"a", "name==\"\\400\"")) {
            InvalidArgument error = assertThrows(InvalidArgument.class, () -> Filter.parse(filter));
            assertTrue(
                    error.hints().get(0).contains("in quotes \\ starts an escape"),
                    error.hints().toString());
        }
    }

    @Test
    void ofFiltersThatMayMatchNothingIsSaid() {
        String digest = "target.digest==sha256:" + "0".repeat(64);
        assertEquals(List.of(), hints());
        assertEquals(
                List.of(),
                hints("", "name==a", "labels.x!=\"\"", digest, "name.x~=a.*", "labels.\"a-b\",name==a,name==a"));
    }

    @Test
    void aFewHintsAreEnough() {
        List<String> filters = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            filters.add("x" + i + ",y" + i);
        }
        assertEquals(FilterHints.MAX, FilterHints.of(Filters.parse(filters)).size());
    }

    /** What a hint proposes instead can be read. */
    @Test
    void whatIsProposedIsAFilter() {
        for (ObservedFilters.Answer answer : ObservedFilters.load().answers()) {
            if (answer.matches() == null) {
                InvalidArgument error = assertThrows(InvalidArgument.class, () -> Filter.parse(answer.filter()));
                String hint = error.hints().get(0);
                int proposed = hint.indexOf(" needs quotes: ");
                if (proposed >= 0 && !hint.contains("characters)")) {
                    Filter.parse(hint.substring(proposed + " needs quotes: ".length()));
                }
            }
        }
    }
}
