package dev.imaged.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class TrendTest {
    private static Trend trend(Double... values) {
        return new Trend("memory", "MiB", 0.1, List.of(values));
    }

    @Test
    void whatGrowsInTheFirstThirdOnlyStays() {
        assertFalse(trend(1.0, 50.0, 100.0, 100.0, 101.0, 100.0).creeps());
    }

    @Test
    void whatGoesOnGrowingCreeps() {
        assertTrue(trend(50.0, 60.0, 80.0, 90.0, 100.0, 110.0).creeps());
    }

    @Test
    void oneHighValueIsNoise() {
        assertFalse(trend(9.0, 10.0, 11.0, 9.0, 10.0, 11.0, 10.0, 900.0, 10.0).creeps());
    }

    @Test
    void whatWasNotMeasuredIsNotKnownToStay() {
        assertTrue(trend(Double.NaN, Double.NaN, Double.NaN).creeps());
    }

    @Test
    void aRowSaysHowMuchItGrewAndHowMuchItMay() {
        assertEquals(
                "| memory | MiB | 10.0 | 12.0 | +20.0 % | 10 % | creeps |",
                trend(1.0, 10.0, 12.0).row());
    }
}
