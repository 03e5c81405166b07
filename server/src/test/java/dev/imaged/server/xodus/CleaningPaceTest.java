package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CleaningPaceTest {
    private static final long PERIOD = CleaningPace.PERIOD.toNanos();

    private final CleaningPace pace = new CleaningPace(-7);

    @Test
    void aPeriodEndsWithItsTime() {
        assertFalse(pace.isDue(-7 + PERIOD - 1));
        assertTrue(pace.isDue(-7 + PERIOD));
    }

    @Test
    void littleWorkIsCalm() {
        pace.worked(PERIOD / 50 - 1);

        assertEquals(CleaningPace.CALM, pace.minUtilization(-7 + PERIOD));
    }

    @Test
    void workThatTakesAFiftiethIsALoad() {
        pace.worked(PERIOD / 100);
        pace.worked(PERIOD / 100);

        assertEquals(CleaningPace.BUSY, pace.minUtilization(-7 + PERIOD));
    }

    @Test
    void eachPeriodIsMeasuredByItself() {
        pace.worked(PERIOD);
        pace.minUtilization(PERIOD);

        assertFalse(pace.isDue(2 * PERIOD - 1));
        assertEquals(CleaningPace.CALM, pace.minUtilization(2 * PERIOD));
    }
}
