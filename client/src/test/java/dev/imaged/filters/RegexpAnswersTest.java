package dev.imaged.filters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.internal.text.GoQuote;
import dev.imaged.internal.unicode.CodePoints;
import dev.imaged.internal.unicode.CodePointsBuilder;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A regexp of one code point matches what Go says, among all code points and whatever the JDK: categories, scripts, classes,
 * and forms of another case, in all ways to write them. The bound of a test is for all of its regexps together.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RegexpAnswersTest {
    private static Map<String, Optional<CodePoints>> answers;

    @BeforeAll
    static void read() throws Exception {
        answers = GoAnswers.read();
    }

    @Test
    void setsAreThoseOfGo() {
        int valid = 0;
        int invalid = 0;
        for (Map.Entry<String, Optional<CodePoints>> answer : answers.entrySet()) {
            String regexp = answer.getKey();
            if (regexp.equals("printable")) {
                continue;
            }
            if (answer.getValue().isEmpty()) {
                invalid++;
                assertThrows(IllegalArgumentException.class, () -> parsed(regexp), regexp);
            } else {
                valid++;
                requireSet(answer.getValue().get(), regexp);
            }
        }
        assertTrue(valid > 3_000 && invalid > 90, valid + " valid, " + invalid + " invalid");
    }

    private static void requireSet(CodePoints expected, String regexp) {
        CodePoints actual = parsed(regexp);
        assertEquals(expected, GoAnswers.withoutSurrogates(actual), regexp);
        String flags = regexp.startsWith("(?i)") ? "(?i)" : "";
        String set = regexp.substring(flags.length());
        if (set.startsWith("\\")) {
            assertEquals(actual, parsed(flags + "[" + set + "]"), regexp);
            assertEquals(actual.negated(), parsed(flags + "[^" + set + "]"), regexp);
        }
        if (set.startsWith("\\p")) {
            assertEquals(actual.negated(), parsed(flags + "\\P" + set.substring(2)), regexp);
            assertEquals(actual, parsed(flags + "[^\\P" + set.substring(2) + "]"), regexp);
        }
        if (set.startsWith("[") && !set.startsWith("[^")) {
            assertEquals(actual.negated(), parsed(flags + "[^" + set.substring(1)), regexp);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"(?i)", "(?im)", "(?U)(?is:", "(?m-i)(?iU:"})
    void eachCodePointMatchesItsFormsOfOtherCase(String flags) {
        String end = flags.endsWith(":") ? ")" : "";
        CodePoints next = forms(0);
        for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
            CodePoints forms = next;
            next = forms(point + 1);
            String escaped = escaped(point);
            assertEquals(forms, parsed(flags + escaped + end));
            assertEquals(forms, parsed(flags + "[" + escaped + "]" + end));
            assertEquals(forms.negated(), parsed(flags + "[^" + escaped + "]" + end));
            if (point < Character.MAX_CODE_POINT) {
                CodePoints both =
                        new CodePointsBuilder().addAll(forms).addAll(next).build();
                assertEquals(both, parsed(flags + "[" + escaped + "-" + escaped(point + 1) + "]" + end));
            }
        }
    }

    private static CodePoints forms(int point) {
        Optional<CodePoints> forms = answers.get("(?i)" + escaped(point));
        return forms == null ? CodePoints.of(point) : forms.orElseThrow();
    }

    private static String escaped(int point) {
        return "\\x{" + Integer.toHexString(point).toUpperCase(Locale.ROOT) + "}";
    }

    @Test
    void withoutFoldingEachCodePointMatchesItselfAlone() {
        for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
            assertEquals(CodePoints.of(point), parsed(escaped(point)));
            assertEquals(CodePoints.of(point), parsed("(?i)(?-i)[" + escaped(point) + "]"));
        }
    }

    /** Not only the sets, but what is found in a text. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\p{Letter}",
                "(?i)\\p{Ll}",
                "\\p{Arabic}",
                "\\p{Cn}",
                "\\p{Assigned}",
                "(?i)\\x{1C80}",
                "(?i)\\x{432}",
                "(?i)[\\x{E9}-\\x{FFFC}]",
                "(?i)\\w",
                "[^\\n]",
                "."
            })
    void allCodePointsAreFoundAsInGo(String regexp) {
        CodePoints expected = answers.get(regexp).orElseThrow();
        Regexp anchored = new Regexp("^(?:" + regexp + ")$");
        for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
            if (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE) {
                int now = point;
                boolean found = anchored.isFoundIn(Character.toString(point), () -> {});
                assertEquals(expected.contains(point), found, () -> Integer.toHexString(now));
            }
        }
    }

    @Test
    void printableIsWhatGoPrints() {
        CodePoints printable = answers.get("printable").orElseThrow();
        for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
            assertEquals(point != ' ' && printable.contains(point), GoQuote.isPrintable(point));
        }
    }

    private static CodePoints parsed(String regexp) {
        RegexpNode node = new RegexpParser(regexp, new RegexpCost()).parse();
        return node instanceof RegexpNode.Literal literal
                ? CodePoints.of(literal.point)
                : ((RegexpNode.OneOf) node).points;
    }
}
