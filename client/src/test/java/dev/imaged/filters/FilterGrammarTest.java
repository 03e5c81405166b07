package dev.imaged.filters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The peculiarities of the grammar beyond filters-observed.json, each as containerd 1.6.20 answers it. */
class FilterGrammarTest {
    @Test
    void emptyValueAndAbsentDifferForPresenceOnly() {
        TestImage empty = TestImage.labelled("e", "");
        assertTrue(Filter.parse("labels.e").matches(empty));
        assertTrue(Filter.parse("labels.e==\"\"").matches(empty));
        assertFalse(Filter.parse("labels.e!=\"\"").matches(empty));
        assertFalse(Filter.parse("labels.x==\"\"").matches(empty));
        assertFalse(Filter.parse("labels.x!=\"\"").matches(empty));
        assertTrue(Filter.parse("labels.x!=y").matches(empty));
        assertTrue(Filter.parse("labels.x~=\"\"").matches(empty));
    }

    @Test
    void invalidFilterFailsTheWholeListWithTheFirstMessage() {
        var error = assertThrows(
                ImageException.InvalidArgument.class, () -> Filters.parse(List.of("name", "name== ,x", "name=")));
        assertEquals(
                "filters: parse error: [name==  >|,|< x]: expected value or quoted: invalid argument: invalid argument",
                error.getMessage());
    }

    @Test
    void severalFiltersAreOredAndNoneMatchesAll() {
        Filters filters = Filters.parse(List.of("name==a", "name~=(", "name==b"));
        assertTrue(filters.matches(TestImage.named("a")));
        assertTrue(filters.matches(TestImage.named("b")));
        assertFalse(filters.matches(TestImage.named("c")));
        assertEquals(3, filters.alternatives().size());
        assertTrue(Filters.parse(List.of()).matches(TestImage.named("c")));
        assertTrue(Filters.parse(List.of("name==a", "")).matches(TestImage.named("c")));
    }

    /** Unicode 15 has U+1FAE8, which JDK 17 does not know, and lacks U+1C89, which JDK 25 knows. */
    @Test
    void whatABareValueHoldsDoesNotDependOnTheJdk() {
        assertTrue(Filter.parse("name==a\ud83e\udee8").matches(TestImage.named("a\ud83e\udee8")));
        assertError("name==a\u1c89", "[name==a >|\ufffd|< \ufffd\ufffd]: unexpected input: \u1c89");
    }

    @Test
    void commaIsAlwaysAnd() {
        Filter filter = Filter.parse("labels.env==prod,dev");
        assertEquals(2, filter.selectors().size());
        assertFalse(filter.matches(TestImage.labelled("env", "prod")));
        assertError("name~=^a{0,5}$", "[name~=^a{0,5 >|}|< $]: expected an operator (\"==\"|\"!=\"|\"~=\")");
        assertTrue(Filter.parse("name~=\"^a{0,5}$\"").matches(TestImage.named("aaa")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"name==a==b", "name==a|b/c", "name==pla\"in\"", "name=='plain'", "name==\u200b", "name==-x"})
    void bareValueIsTakenAsItStands(String filter) {
        assertEquals(
                filter.substring("name==".length()),
                Filter.parse(filter).selectors().get(0).value());
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "\t", "\n", "\r", "\u0085", "\u00a0", "\u1680", "\u2028", "\u3000"})
    void whiteSpaceIsSkippedBeforeATokenOnly(String space) {
        Filter plain = Filter.parse("labels.a==b,name");
        assertEquals(
                plain, Filter.parse(space + "labels." + space + "a" + space + "==" + space + "b," + space + "name"));
        assertThrows(ImageException.InvalidArgument.class, () -> Filter.parse("labels.a==b" + space + ",name"));
        assertThrows(ImageException.InvalidArgument.class, () -> Filter.parse("labels" + space + ".a==b"));
        assertThrows(ImageException.InvalidArgument.class, () -> Filter.parse("labels.a==b" + space));
    }

    @Test
    void operatorIsTheLongestRun() {
        assertError("name=~x", "[name >|=|< ~x]: unsupported operator \"=~\"");
        assertError("name==!x", "[name >|=|< =!x]: unsupported operator \"==!\"");
        assertError("name!", "[name >|!|< ]: unsupported operator \"!\"");
        assertError("name~= ~", "[name~=  >|~|< ]: expected value or quoted");
    }

    @Test
    void nullAndReplacementCharacterNeedAnEscape() {
        assertError("na\0me", "[na >|\0|< me]: unexpected null");
        assertError("name==\uFFFD", "[name== >|\uFFFD|< \uFFFD\uFFFD]: rune error");
        assertError("name==\"a\0\"", "[name== >|\"|< a\0\"]: unexpected null");
        assertError("name==foo\0bar", "[name==foo >|\0|< bar]: unexpected input: \uFFFD");
        assertTrue(Filter.parse("name==\"\\ufffd\"").matches(TestImage.named("\uFFFD")));
        assertTrue(Filter.parse("name==\"a\\x00\"").matches(TestImage.named("a\0")));
    }

    @Test
    void loneSurrogateIsARuneError() {
        assertThrows(ImageException.InvalidArgument.class, () -> Filter.parse("name==\"\uD800\""));
        assertThrows(ImageException.InvalidArgument.class, () -> Filter.parse("name\uDC80"));
    }

    @Test
    void firstErrorOfAQuotedTextCounts() {
        assertError("name==\"\\q", "[name== >|\"|< \\q]: illegal escape sequence");
        assertError("name==\"\\q\\x1\"", "[name== >|\"|< \\q\\x1\"]: illegal escape sequence");
        assertError("name==\"\\x1\"", "[name== >|\"|< \\x1\"]: illegal numeric escape sequence");
        assertError("name==\"\\79\"", "[name== >|\"|< \\79\"]: illegal numeric escape sequence");
        assertError("name==\"\\x1\0\"", "[name== >|\"|< \\x1\0\"]: unexpected null");
        assertError("name==\"\\u\uFFFD\"", "[name== >|\"|< \\u\uFFFD\"]: rune error");
    }

    @Test
    void alternativeQuotesAreForRegexpsOnly() {
        assertTrue(Filter.parse("name~=|a\\|b|").matches(TestImage.named("b")));
        assertError("name~=/a\\|b/", "[name~= >|/|< a\\|b/]: illegal escape sequence");
        assertError("name!=|a|", "[name!= >|||< a|]: invalid quote encountered");
        assertError("labels./a/", "[labels. >|/|< a/]: invalid quote encountered");
        assertError("labels.'env'", "[labels. >|'|< env']: expected field or quoted");
    }

    @Test
    void numericEscapesMakeBytes() {
        assertTrue(Filter.parse("name==\"\\xc3\\xa9\\303\\251\"").matches(TestImage.named("éé")));
        assertTrue(Filter.parse("name==\"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\\U0001f600\"")
                .matches(TestImage.named("\u0007\b\f\n\r\t\u000b\\\"\uD83D\uDE00")));
        assertTrue(Filter.parse("name==\"\\ud800\"").matches(TestImage.named("\uFFFD")));
    }

    @Test
    void escapeOfARuneAbove31BitsIsItsLowByte() {
        assertTrue(Filter.parse("name==\"\\U80000041\"").matches(TestImage.named("A")));
        assertTrue(Filter.parse("name==\"\\Uffffffc3\\Uffffffa9\"").matches(TestImage.named("é")));
        assertError("name==\"\\U00110000\"", "[name== >|\"|< \\U00110000\"]: unquoting failed: quote syntax error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\xff", "\\377", "\\xc3", "\\xed\\xb3\\xbf", "\\xf0\\x9f\\x98"})
    void bytesThatAreNotTextEqualNothing(String escapes) {
        for (String name : List.of("\uFFFD", "\u00ff", "?", "a")) {
            TestImage image = TestImage.named(name);
            assertFalse(Filter.parse("name==\"" + escapes + '"').matches(image));
            assertTrue(Filter.parse("name!=\"" + escapes + '"').matches(image));
            assertFalse(Filter.parse("name~=\"" + escapes + '"').matches(image));
            assertFalse(Filter.parse("labels.\"" + escapes + '"').matches(image));
        }
        Filter filter = Filter.parse("name==\"" + escapes + '"');
        assertEquals(filter, Filter.parse(filter.toString()));
    }

    @Test
    void errorMarksOneByteOfALongerCharacter() {
        assertError("name==x\u200by", "[name==x >|\uFFFD|< \uFFFD\uFFFDy]: unexpected input: \u200b");
        assertError("labels.é", "[labels. >|\uFFFD|< \uFFFD]: expected field or quoted");
    }

    @Test
    void percentSignIsNoVerb() {
        assertError("name%d", "[name >|%|< d]: expected an operator (\"==\"|\"!=\"|\"~=\")");
    }

    @Test
    void partsOfALabelKeyAreJoinedWithDots() {
        TestImage image = TestImage.labelled("a.b", "x");
        for (String filter : List.of("labels.a.b", "labels.\"a.b\"", "labels.\"a\".\"b\"", "\"labels\".a.b")) {
            assertEquals(
                    Field.label("a.b"), Filter.parse(filter).selectors().get(0).field());
            assertTrue(Filter.parse(filter).matches(image));
        }
    }

    @Test
    void fieldsIgnoreWhatFollowsAndUnknownOnesAreNone() {
        Map.of(
                        "name.foo", Field.NAME,
                        "target.digest.foo", Field.TARGET_DIGEST,
                        "target.mediatype.a.b", Field.TARGET_MEDIATYPE,
                        "annotations.a.b", Field.annotation("a.b"),
                        "target", Field.NONE,
                        "labels", Field.NONE,
                        "annotations", Field.NONE,
                        "created_at", Field.NONE,
                        "\"\"", Field.NONE)
                .forEach((path, field) -> assertEquals(
                        field, Filter.parse(path).selectors().get(0).field(), path));
    }

    private static void assertError(String filter, String error) {
        var thrown = assertThrows(ImageException.InvalidArgument.class, () -> Filter.parse(filter));
        assertEquals("filters: parse error: " + error + ": invalid argument: invalid argument", thrown.getMessage());
    }
}
