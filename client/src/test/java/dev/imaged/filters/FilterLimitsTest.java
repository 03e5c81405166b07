package dev.imaged.filters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Filters that would take too much memory or time are refused, and a match that takes long can be cancelled. */
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
    void whatIsRefusedForItsSizeIsNotWorthSendingAgain() {
        ImageException refused = assertThrows(
                ImageException.ResourceExhausted.class, () -> Filters.parse(Collections.nCopies(65_537, "a")));
        assertEquals("TOO_LARGE", refused.reason());
        assertFalse(refused.isRetryable());
    }

    @Test
    void regexpsOfMoreThan300000InstructionsTogetherAreRefused() {
        String large = "name~=/(a?){900}z/";
        assertEquals(
                50, Filters.parse(Collections.nCopies(50, large)).alternatives().size());
        assertThrows(ImageException.ResourceExhausted.class, () -> Filters.parse(Collections.nCopies(1000, large)));
    }

    @Test
    void whatIsInvalidOrTooLargeCounts() {
        String tooLarge = "name~=/(a?){900}" + "(b?){900}".repeat(200) + "/";
        assertThrows(ImageException.ResourceExhausted.class, () -> Filters.parse(List.of(tooLarge)));
        String invalid = "name~=/[\\\\pLa](/";
        assertEquals(
                400,
                Filters.parse(Collections.nCopies(400, invalid)).alternatives().size());
        assertThrows(ImageException.ResourceExhausted.class, () -> Filters.parse(Collections.nCopies(500, invalid)));
    }

    @Test
    void matchOfALongTextCanBeCancelled() {
        AtomicInteger steps = new AtomicInteger();
        FieldSource source = new FieldSource() {
            @Override
            public @Nullable String value(Field field) {
                return "x".repeat(1 << 20);
            }

            @Override
            public void requireWanted() {
                if (steps.incrementAndGet() == 10) {
                    throw new ImageException.Cancelled("cancelled", null);
                }
            }
        };
        Filter slow = Filter.parse("name~=/[a-z]{500}[0-9]/");
        assertThrows(ImageException.Cancelled.class, () -> slow.matches(source));
    }
}
