package dev.imaged.filters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Regexps as Go's regexp reads them, where other engines differ. */
class FilterRegexpTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                "a++",
                "(?>a)",
                "(?=a)",
                "(?!b)",
                "(?<=a)",
                "(a)\\1",
                "a\\Z",
                "\\h",
                "\\R",
                "\\u0061",
                "(?x)a",
                "\\p{Alpha}",
                "\\p{IsAlphabetic}",
                "\\p{javaLowerCase}",
                "a{1001}",
                "a{2,1}",
                "a**",
                "[b-a]",
                "[[:foo:]]",
                "(?P<é>a)",
                "(?P<>a)",
                "\\C",
                "\\é",
                "[\\é]",
                "a\\",
                "a)",
                "(a{100}){100}",
                "((a{10}){10}){11}",
                "a{500}(?){3}"
            })
    void invalidRegexpMatchesNothing(String regexp) {
        assertFalse(found(regexp, "a"));
        assertFalse(found(regexp, ""));
        assertFalse(found(regexp, "aa"));
    }

    @ParameterizedTest
    @MethodSource("findings")
    void findsAsRe2(String regexp, String text, boolean found) {
        assertEquals(found, found(regexp, text));
    }

    static Object[][] findings() {
        return new Object[][] {
            {"a.b", "a\rb", true},
            {"a.b", "a\u0085b", true},
            {"a.b", "a\u2028b", true},
            {"a.b", "a\nb", false},
            {"^.$", "\uD83D\uDE00", true},
            {"a$", "a\n", false},
            {"(?m)a$", "a\n", true},
            {"a\\z", "a", true},
            {"^[a&&b]$", "&", true},
            {"(?i)k", "\u212a", true},
            {"(?i)s", "\u017f", true},
            {"(?i)[^k]", "\u212a", false},
            {"(?U)^a+$", "aa", true},
            {"^\\w$", "é", false},
            {"^\\d$", "\u0660", false},
            {"^\\s$", "\u00a0", false},
            {"é\\b", "é", false},
            {"(?<n>a)", "a", true},
            {"(?P<n>a)(?P<n>b)", "ab", true},
            {"^a{01}$", "a{01}", true},
            {"^a{,2}$", "a{,2}", true},
            {"^{?$", "{", true},
            {"^a{1000}$", "a".repeat(1000), true},
            {"^(a{10}){100}$", "a".repeat(1000), true},
            {"^\\Qa.b\\E$", "a.b", true},
            {"^\\Q{?", "{?", true},
            {"^[{?]$", "?", true},
            {"^[]a]$", "]", true},
            {"^\\x{1F600}$", "\uD83D\uDE00", true},
            {"a++|b", "b", false},
            {"(?i)\\p{Ll}", "A", true},
            {"(?i)В", "\u1c80", true},
            {"(?i)[\\x{1C80}-\\x{1C88}]", "в", true},
            {"\\p{Letter}", "a", true},
            {"\\p{lowercase-LETTER}", "a", true},
            {"\\p{Arabic}", "\u0660", true},
            {"\\p{Cn}", "\u1c89", true},
            {"a(?i)?b", "b", true},
            {"\\bab", "xab", false},
            {"ab\\b", "xab", true},
            {"(?m)b^c", "b\nc", false},
        };
    }

    @Test
    void timeIsLinear() {
        assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertFalse(found("^(a+)+$", "a".repeat(20_000) + "!")));
    }

    @ParameterizedTest
    @MethodSource("monsters")
    void monsterDoesNoHarm(String regexp) {
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> found(regexp, "aab"));
    }

    static String[] monsters() {
        int million = 1 << 20;
        return new String[] {
            "(".repeat(million),
            "(".repeat(5_000) + "a" + ")".repeat(5_000),
            "(?:".repeat(100_000) + ")".repeat(100_000),
            "(?:a".repeat(20_000) + ")*".repeat(20_000),
            "(?:a|".repeat(20_000) + ")".repeat(20_000),
            "(?i)".repeat(million),
            "(?i)[é-￼]",
            "(?i)\u1c80",
            "a?".repeat(20_000),
            "()".repeat(20_000),
            "|".repeat(million),
            "a{0,1000}".repeat(100),
            "a{1000}".repeat(100_000),
            "((a{0,10}){0,10}){0,10}".repeat(1_000),
            "(((a*)*)*)*".repeat(10_000),
            "\\pL".repeat(300_000),
            "\\PL".repeat(300_000),
            "[\\pL]".repeat(200_000),
            "(?i)" + "[\\x{42}-\\x{1E942}]".repeat(50_000),
            "(?i)" + "[^é-￼]".repeat(100_000),
            "[\\pL" + "a-z".repeat(million),
            "[".repeat(million),
            "[:".repeat(million),
            "[[:".repeat(million),
            "[a-".repeat(million),
            "{".repeat(million),
            "a{1".repeat(million),
            "a{" + "1".repeat(million),
            "\\x{" + "0".repeat(million),
            "\\p{" + "a".repeat(million),
            "\\p{".repeat(million),
            "a|".repeat(100_000),
            "(?P<n>".repeat(million),
            "(?P<" + "n".repeat(million),
            "\\Q".repeat(million / 2),
            "\\Q\\E".repeat(million),
            "\\Q".repeat(8_000),
            "{".repeat(16_000),
            "[".repeat(16_000),
            "[[:alpha:]".repeat(1_600),
            "(a{1000})".repeat(290),
        };
    }

    @Test
    void costIsLimited() {
        assertTrue(found("^" + "a".repeat(299_990), "a".repeat(299_990)));
        assertFalse(found("^" + "a".repeat(300_001), "a".repeat(300_001)));
        assertFalse(found("(a?){1000}".repeat(150), "a"));
        assertFalse(found("[\\pLa]".repeat(500), "a".repeat(500)));
        assertTrue(found("^" + "\\pL".repeat(100_000) + "$", "a".repeat(100_000)));
    }

    @Test
    void manyLargeRegexpsDoNotTakeTheHeap() {
        Filter filter = Filter.parse("name" + ",name~=\"(abc?){0,300}\"".repeat(2_000));
        assertTrue(filter.matches(TestImage.named("x")));
    }

    @Test
    void nestingIsLimitedAsInGo() {
        assertTrue(found("(".repeat(999) + "a" + ")".repeat(999), "a"));
        assertFalse(found("(".repeat(1000) + "a" + ")".repeat(1000), "a"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "^foo foo",
                "^foo$ foo",
                "^foo.* foo",
                "^fo? f",
                "^fo* f",
                "^fo{2} fo",
                "^fo+ fo",
                "^docker\\.io/ docker.io/",
                "^docker\\.io/[a-z] docker.io/",
                "^a\\.? a",
                "^a\\d a",
                "^foo(bar) foo",
                "^fo\uD83D\uDE00? fo",
                "^é é",
                "^\\Qfoo\\E.? foo",
                "^fo{2,3} fo",
                "^fo(?i)?o f",
                "\\Afoo foo",
                "^\\x66oo foo"
            })
    void anchoredPrefix(String regexp, String prefix) {
        assertEquals(Optional.of(prefix), prefix(regexp));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "foo",
                "^",
                "",
                "^$",
                "^a|b",
                "^f?",
                "^*a",
                "(?m)^foo",
                "(?i)^foo",
                "^(?i)foo",
                "^.foo",
                "^f(?i)?oo",
                "(?:^foo)?",
                "^foo(",
                "^\\x{D800}",
                "^[f]oo",
                "^(foo)",
                "^\\"
            })
    void noAnchoredPrefix(String regexp) {
        assertEquals(Optional.empty(), prefix(regexp));
    }

    @Test
    void otherOperatorsHaveNoPrefix() {
        assertEquals(
                Optional.empty(), Filter.parse("name==^foo").selectors().get(0).anchoredLiteralPrefix());
    }

    private static Optional<String> prefix(String regexp) {
        return Filter.where()
                .name()
                .matchesRegex(regexp)
                .build()
                .selectors()
                .get(0)
                .anchoredLiteralPrefix();
    }

    private static boolean found(String regexp, String text) {
        return Filter.where().label("x").matchesRegex(regexp).build().matches(TestImage.labelled("x", text));
    }

    /** What is looked at before the regexp runs must not change what it finds. */
    @Test
    void randomRegexpsFindWhatTheirProgramFinds() {
        Random random = new Random(42);
        int found = 0;
        for (int i = 0; i < 50_000; i++) {
            String source = random(random, "aabb.+?*{1}()|^$\\é", 7);
            String text = random(random, "aabb.\\é", 6);
            boolean expected = programFinds(source, text);
            found += expected ? 1 : 0;
            assertEquals(expected, new Regexp(source).isFoundIn(text, () -> {}), () -> source + " in " + text);
        }
        assertTrue(found > 5_000, "found " + found);
    }

    private static boolean programFinds(String source, String text) {
        try {
            RegexpProgram program = RegexpProgram.of(new RegexpParser(source, new RegexpCost()).parse());
            return new RegexpMatcher(program).isFoundIn(text, 0, () -> {});
        } catch (IllegalArgumentException invalid) {
            return false;
        }
    }

    private static String random(Random random, String alphabet, int maxLength) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(maxLength + 1); length > 0; length--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
