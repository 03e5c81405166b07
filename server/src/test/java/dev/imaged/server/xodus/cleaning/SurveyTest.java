package dev.imaged.server.xodus.cleaning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** When the engine finds out what is in use of its files: the first calls after a start do not wait for a long survey. */
class SurveyTest {
    @Test
    void theSurveyOfManyFilesBeginsLaterThanThatOfFew() {
        int few = LogCleaner.surveyMillis(1);

        assertEquals(few, LogCleaner.surveyMillis(8));
        assertTrue(LogCleaner.surveyMillis(9) > few);
        assertEquals(LogCleaner.surveyMillis(9), LogCleaner.surveyMillis(1_000_000));
    }
}
