package dev.imaged.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class FigureTest {
    @Test
    void theMedianIsTheMiddleOrBetweenTheTwoInTheMiddle() {
        assertEquals(new Figure("f", "ms", 2, 1, 9), Figure.of("f", "ms", List.of(9.0, 1.0, 2.0)));
        assertEquals(new Figure("f", "ms", 2.5, 1, 9), Figure.of("f", "ms", List.of(9.0, 1.0, 2.0, 3.0)));
    }

    @Test
    void aRowShowsWhatIsSignificant() {
        assertEquals("| f | us | 1,234,567 | 0.123 | 12.3 |", new Figure("f", "us", 1234567, 0.1234, 12.34).row());
    }

    @Test
    void whatWasNotMeasuredIsADash() {
        assertEquals(
                "-",
                Figure.shown(
                        Figure.of("f", "ms", List.of(Double.NaN, Double.NaN)).median()));
    }

    @Test
    void processorTimeIsReadBehindACommandWithParentheses() {
        assertEquals(70_000_000, ServerProcess.cpuNanos("12 (a) b) S 1 1 1 0 -1 0 0 0 0 0 3 4 0 0 20 0 1 0 0"));
    }
}
