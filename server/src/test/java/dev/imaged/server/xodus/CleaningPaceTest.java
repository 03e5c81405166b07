package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.server.xodus.CleaningPace.Load;
import org.junit.jupiter.api.Test;

class CleaningPaceTest {
    private static final long PERIOD = CleaningPace.PERIOD.toNanos();
    private static final long STEP = CleaningPace.STEP.toNanos();
    private static final long LOAD = PERIOD / 20;

    private final CleaningPace pace = new CleaningPace(-7);

    @Test
    void aPeriodOfLittleWorkIsALightLoad() {
        pace.worked(LOAD - 1);
        pace.isDue(-7 + PERIOD - 1);
        assertEquals(Load.HEAVY, pace.load());

        pace.isDue(-7 + PERIOD);
        assertEquals(Load.LIGHT, pace.load());
    }

    @Test
    void aPeriodWithoutWorkIsNoLoad() {
        pace.isDue(PERIOD);
        assertEquals(Load.NONE, pace.load());
    }

    @Test
    void lessWorkIsKnownAfterAPeriod() {
        pace.worked(LOAD);
        pace.isDue(PERIOD);
        pace.isDue(2 * PERIOD - 1);
        assertEquals(Load.HEAVY, pace.load());

        pace.isDue(2 * PERIOD);
        assertEquals(Load.NONE, pace.load());
    }

    @Test
    void moreWorkIsKnownAtOnce() {
        pace.isDue(PERIOD);
        pace.worked(LOAD / 2);
        assertTrue(pace.isDue(PERIOD + 1));
        assertEquals(Load.LIGHT, pace.load());
        assertFalse(pace.isDue(PERIOD + 2));
        pace.worked(LOAD / 2);

        assertTrue(pace.isDue(PERIOD + 3));
        assertEquals(Load.HEAVY, pace.load());
    }

    @Test
    void whateverTheLoadALookIsDueOncePerStep() {
        assertTrue(pace.isDue(STEP));
        assertFalse(pace.isDue(2 * STEP - 1));
        assertTrue(pace.isDue(PERIOD));

        assertFalse(pace.isDue(PERIOD + STEP - 1));
        assertTrue(pace.isDue(PERIOD + STEP));
        assertFalse(pace.isDue(PERIOD + STEP + 1));
    }
}
