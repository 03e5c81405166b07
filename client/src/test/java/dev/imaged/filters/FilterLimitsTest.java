package dev.imaged.filters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Filters that would take too much memory or time are refused, and those that take long can be given up. */
class FilterLimitsTest {
    @Test
    void moreThan65536FieldsAreRefused() {
        assertEquals(65_536, Filter.parse("a,".repeat(65_535) + "a").selectors().size());
        for (String filter : List.of("a,".repeat(65_536) + "a", "a.".repeat(65_536) + "a")) {
            assertThrows(ImageException.ResourceExhausted.class, () -> Filter.parse(filter));
        }
        assertThrows(ImageException.ResourceExhausted.class, () -> Filters.parse(Collections.nCopies(65_537, "a")));
    }

    @Test
    void regexpsOfMoreThan300000InstructionsTogetherAreRefused() {
        String large = "name~=/(a?){900}z/";
        assertEquals(
                50, Filters.parse(Collections.nCopies(50, large)).alternatives().size());
        assertThrows(ImageException.ResourceExhausted.class, () -> Filters.parse(Collections.nCopies(1000, large)));
    }

    @Test
    void matchOfALongTextCanBeGivenUp() {
        AtomicInteger steps = new AtomicInteger();
        FieldSource source = new FieldSource() {
            @Override
            public @Nullable String value(Field field) {
                return "x".repeat(1 << 20);
            }

            @Override
            public void requireWanted() {
                if (steps.incrementAndGet() == 10) {
                    throw new ImageException.Cancelled("given up", null);
                }
            }
        };
        Filter slow = Filter.parse("name~=/[a-z]{500}[0-9]/");
        assertThrows(ImageException.Cancelled.class, () -> slow.matches(source));
    }
}
