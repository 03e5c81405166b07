package dev.imaged.filters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.GoProgram;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random regexps find in random texts what Go's regexp finds: {@code -Dimaged.regexps=1000000 -Dimaged.regexps.seed=2}. */
class GoRegexpTest {
    private static final int COUNT = Integer.getInteger("imaged.regexps", 50_000);
    private static final long SEED = Long.getLong("imaged.regexps.seed", 1);

    /** What regexps are made of, the plain more often than the rest. */
    static final List<String> PARTS = List.of(
            "a",
            "b",
            "a",
            "b",
            "é",
            "k",
            "S",
            "😀",
            "\n",
            "-",
            ".",
            ".",
            "^",
            "$",
            "|",
            "|",
            "(",
            "(",
            ")",
            ")",
            ")",
            "(?:",
            "(?i)",
            "(?i:",
            "(?s)",
            "(?m)",
            "(?U)",
            "(?-i)",
            "(?i-s:",
            "(?im-sU)",
            "(?",
            "(?-)",
            "(?P<n>",
            "(?<n>",
            "(?P<é>",
            "(?P=n)",
            "(?=",
            "*",
            "*",
            "+",
            "+",
            "?",
            "?",
            "??",
            "*?",
            "{2}",
            "{0}",
            "{1,2}",
            "{0,1}",
            "{2,}",
            "{01}",
            "{,2}",
            "{2,1}",
            "{3}?",
            "{1000}",
            "{1001}",
            "{",
            "}",
            "[",
            "]",
            "[ab]",
            "[^ab]",
            "[a-k]",
            "[^\\n]",
            "[b-a]",
            "[[:alpha:]]",
            "[[:^digit:]b]",
            "[[:foo:]]",
            "[[:",
            ":]",
            "[]a]",
            "[^]a]",
            "[a-]",
            "[\\w-]",
            "[a-\\d]",
            "[&&a]",
            "\\d",
            "\\D",
            "\\s",
            "\\S",
            "\\w",
            "\\W",
            "\\b",
            "\\B",
            "\\A",
            "\\z",
            "\\Z",
            "\\Qa.b\\E",
            "\\Q",
            "\\E",
            "\\.",
            "\\_",
            "\\-",
            "\\é",
            "\\a",
            "\\n",
            "\\07",
            "\\1",
            "\\12",
            "\\x61",
            "\\x{1F600}",
            "\\x{}",
            "\\x6",
            "\\pL",
            "\\PL",
            "\\p{Greek}",
            "\\p{^L}",
            "\\P{Lu}",
            "\\p{lowercase letter}",
            "\\p{Alpha}",
            "\\pé",
            "\\p",
            "\\C",
            "\\u0061",
            "\\");

    private static final List<String> TEXTS = List.of(
            "a", "b", "a", "b", "é", "É", "k", "\u212a", "s", "ſ", "S", "😀", "\n", "-", ".", "1", " ", "α", "\t", "_",
            "{", "]");

    @TempDir
    Path folder;

    private record Case(String regexp, String text) {
        String line() {
            return hex(regexp) + " " + hex(text);
        }

        private static String hex(String text) {
            return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void randomRegexpsFindWhatGoFinds() throws Exception {
        GoProgram.assumeGo();
        Random random = new Random(SEED);
        List<Case> cases = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            cases.add(new Case(random(random, PARTS, 9), random(random, TEXTS, 5)));
        }
        List<String> answers = new GoProgram("regexpanswers.go", List.of("answer"))
                .answers(folder, cases.stream().map(Case::line).toList());
        int found = 0;
        int valid = 0;
        for (int i = 0; i < COUNT; i++) {
            Case asked = cases.get(i);
            boolean finds = new Regexp(asked.regexp).isFoundIn(asked.text, () -> {});
            assertEquals(answers.get(i).equals("true"), finds, () -> asked.toString());
            found += finds ? 1 : 0;
            valid += answers.get(i).equals("invalid") ? 0 : 1;
        }
        assertTrue(found > COUNT / 20 && valid > COUNT / 5, found + " found, " + valid + " valid");
    }

    static String random(Random random, List<String> parts, int most) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(most + 1); length > 0; length--) {
            text.append(parts.get(random.nextInt(parts.size())));
        }
        return text.toString();
    }
}
