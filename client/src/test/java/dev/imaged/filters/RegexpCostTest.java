package dev.imaged.filters;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever is said again and again, to read it takes no time that grows faster than it: {@code -Dimaged.costs=10000}. */
class RegexpCostTest {
    private static final int COUNT = Integer.getInteger("imaged.costs", 300);
    private static final int LENGTH = 300_000;

    /** What is quadratic would take minutes. */
    private static final Duration BOUND = Duration.ofSeconds(5);

    @Test
    void longRegexpsOfAnyPartsAreReadAndRunInTime() {
        Random random = new Random(5);
        for (int i = 0; i < COUNT; i++) {
            String start = GoRegexpTest.random(random, GoRegexpTest.PARTS, 2);
            String part = "a" + GoRegexpTest.random(random, GoRegexpTest.PARTS, 4);
            String end = "a" + GoRegexpTest.random(random, GoRegexpTest.PARTS, 2);
            int times = LENGTH / (part.length() + end.length());
            String regexp = start + part.repeat(times) + end.repeat(times);
            assertTimeoutPreemptively(
                    BOUND, () -> new Regexp(regexp).isFoundIn("aab", () -> {}), () -> start + " " + part + " " + end);
        }
    }
}
