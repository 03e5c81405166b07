package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class CleaningPaceTest {
    private static final long PERIOD = CleaningPace.PERIOD.toNanos();
    private static final long LOAD = PERIOD / 20;
    private static final OptionalInt UNCHANGED = OptionalInt.empty();

    private final CleaningPace pace = new CleaningPace(-7);

    @Test
    void aPeriodOfLittleWorkIsCalm() {
        pace.worked(LOAD - 1);

        assertEquals(UNCHANGED, pace.next(-7 + PERIOD - 1));
        assertEquals(OptionalInt.of(CleaningPace.CALM), pace.next(-7 + PERIOD));
    }

    @Test
    void aLoadIsNoneOnceAPeriodWasCalm() {
        pace.worked(LOAD);
        assertEquals(UNCHANGED, pace.next(PERIOD));

        assertEquals(UNCHANGED, pace.next(2 * PERIOD - 1));
        assertEquals(OptionalInt.of(CleaningPace.CALM), pace.next(2 * PERIOD));
    }

    @Test
    void aLoadIsKnownAtOnce() {
        pace.next(PERIOD);
        pace.worked(LOAD / 2);
        assertEquals(UNCHANGED, pace.next(PERIOD + 1));
        pace.worked(LOAD / 2);

        assertEquals(OptionalInt.of(CleaningPace.BUSY), pace.next(PERIOD + 2));
    }

    @Test
    void whatStaysIsNotSaidAgain() {
        pace.next(PERIOD);

        assertEquals(UNCHANGED, pace.next(2 * PERIOD));
    }
}
