package dev.imaged.server.store.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.server.store.kv.WriteActivity;
import org.junit.jupiter.api.Test;

class ActivityMeterTest {
    private static final long PERIOD = ActivityMeter.PERIOD.toNanos();
    private static final long STEP = ActivityMeter.STEP.toNanos();
    private static final long LOAD = PERIOD / 20;

    private final ActivityMeter meter = new ActivityMeter(-7);

    @Test
    void aPeriodOfLittleWorkIsALightLoad() {
        meter.worked(LOAD - 1);
        meter.isDue(-7 + PERIOD - 1);
        assertEquals(WriteActivity.BUSY, meter.activity());

        meter.isDue(-7 + PERIOD);
        assertEquals(WriteActivity.LIGHT, meter.activity());
    }

    @Test
    void aPeriodWithoutWorkIsNoLoad() {
        meter.isDue(PERIOD);
        assertEquals(WriteActivity.IDLE, meter.activity());
    }

    @Test
    void lessWorkIsKnownAfterAPeriod() {
        meter.worked(LOAD);
        meter.isDue(PERIOD);
        meter.isDue(2 * PERIOD - 1);
        assertEquals(WriteActivity.BUSY, meter.activity());

        meter.isDue(2 * PERIOD);
        assertEquals(WriteActivity.IDLE, meter.activity());
    }

    @Test
    void moreWorkIsKnownAtOnce() {
        meter.isDue(PERIOD);
        meter.worked(LOAD / 2);
        assertTrue(meter.isDue(PERIOD + 1));
        assertEquals(WriteActivity.LIGHT, meter.activity());
        assertFalse(meter.isDue(PERIOD + 2));
        meter.worked(LOAD / 2);

        assertTrue(meter.isDue(PERIOD + 3));
        assertEquals(WriteActivity.BUSY, meter.activity());
    }

    @Test
    void whateverTheLoadALookIsDueOncePerStep() {
        assertTrue(meter.isDue(STEP));
        assertFalse(meter.isDue(2 * STEP - 1));
        assertTrue(meter.isDue(PERIOD));

        assertFalse(meter.isDue(PERIOD + STEP - 1));
        assertTrue(meter.isDue(PERIOD + STEP));
        assertFalse(meter.isDue(PERIOD + STEP + 1));
    }
}
