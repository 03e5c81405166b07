package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class DurationConverterTest {
    private final DurationConverter converter = new DurationConverter();

    @Test
    void everyUnitIsRead() {
        Map.of(
                        "500ms", Duration.ofMillis(500),
                        "30s", Duration.ofSeconds(30),
                        "2m", Duration.ofMinutes(2),
                        "5h", Duration.ofHours(5),
                        "7d", Duration.ofDays(7),
                        "36500d", Duration.ofDays(36_500))
                .forEach((text, duration) -> assertEquals(duration, converter.convert(text)));
    }

    @Test
    void whatIsNotADurationSaysWhatToWrite() {
        for (String text : List.of("", "7", "d", "7 d", "7D", "1w", "-1s", "1.5h", "1h30m", "9999999999999s")) {
            String message = assertThrows(TypeConversionException.class, () -> converter.convert(text))
                    .getMessage();
            assertTrue(message.contains("such as 500ms, 30s, 7d"), message);
        }
    }

    @Test
    void whatIsTooShortOrTooLongSaysTheBounds() {
        for (String text : List.of("0s", "0d", "36501d", "999999999999h")) {
            assertEquals(
                    "'" + text + "' has to be more than 0 and at most 36500d",
                    assertThrows(TypeConversionException.class, () -> converter.convert(text))
                            .getMessage());
        }
    }
}
