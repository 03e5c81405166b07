package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CleaningPaceTest {
    private static final long PERIOD = CleaningPace.PERIOD.toNanos();
    private static final long STEP = CleaningPace.STEP.toNanos();
    private static final long LOAD = PERIOD / 20;

    private final CleaningPace pace = new CleaningPace(-7);

    @Test
    void aPeriodOfLittleWorkIsCalm() {
        pace.worked(LOAD - 1);
        assertTrue(pace.isDue(-7 + PERIOD - 1));
        assertFalse(pace.isCalm());

        assertTrue(pace.isDue(-7 + PERIOD));
        assertTrue(pace.isCalm());
    }

    @Test
    void aLoadIsNoneOnceAPeriodWasCalm() {
        pace.worked(LOAD);
        pace.isDue(PERIOD);
        pace.isDue(2 * PERIOD - 1);
        assertFalse(pace.isCalm());

        pace.isDue(2 * PERIOD);
        assertTrue(pace.isCalm());
    }

    @Test
    void aLoadIsKnownAtOnce() {
        pace.isDue(PERIOD);
        pace.worked(LOAD / 2);
        assertFalse(pace.isDue(PERIOD + 1));
        pace.worked(LOAD / 2);

        assertTrue(pace.isDue(PERIOD + 2));
        assertFalse(pace.isCalm());
    }

    @Test
    void underALoadAsInACalmALookIsDueOncePerStep() {
        assertTrue(pace.isDue(STEP));
        assertFalse(pace.isDue(2 * STEP - 1));
        assertTrue(pace.isDue(PERIOD));

        assertFalse(pace.isDue(PERIOD + STEP - 1));
        assertTrue(pace.isDue(PERIOD + STEP));
        assertFalse(pace.isDue(PERIOD + STEP + 1));
    }
}
