package dev.imaged.internal.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Rfc3339Test {
    @ParameterizedTest
    @CsvSource({
        "2024-01-01T00:00:00.1234567891Z, 2024-01-01T00:00:00.123456789Z",
        "2024-01-01T00:00:00.00000000000000000000000000009Z, 2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00.5+00:00, 2024-01-01T00:00:00.5Z",
        "2024-01-01T00:00:00-00:00, 2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00+18:01, 2023-12-31T05:59:00Z",
        "2024-01-01T00:00:00+23:59, 2023-12-31T00:01:00Z",
        "2024-01-01T00:00:00-23:59, 2024-01-01T23:59:00Z",
        "9999-12-31T23:59:59-23:59, +10000-01-01T23:58:59Z",
        "0000-01-01t00:00:00z, 0000-01-01T00:00:00Z",
    })
    void aTimeMayHaveAnyFractionAndOffset(String written, Instant time) {
        assertEquals(time, Rfc3339.parse(written));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "yesterday",
                "2024-01-01",
                "2024-01-01T00:00Z",
                "2024-01-01T00:00:00",
                "2024-01-01 00:00:00Z",
                "+12024-01-01T00:00:00Z",
                "12024-01-01T00:00:00Z",
                "-024-01-01T00:00:00Z",
                "2023-02-29T00:00:00Z",
                "2024-13-01T00:00:00Z",
                "2024-01-01T24:00:00Z",
                "2024-01-01T00:60:00Z",
                "2024-01-01T00:00:60Z",
                "2024-01-01T00:00:00.Z",
                "2024-01-01T00:00:00,5Z",
                "2024-01-01T00:00:001Z",
                "2024-01-01T00:00:00+24:00",
                "2024-01-01T00:00:00+00:60",
                "2024-01-01T00:00:00+0100",
                "2024-01-01T00:00:00+01:00:00",
                "2024-01-01T00:00:00ZZ",
                "2024-01-01T00:00:00Z\n",
                "２０24-01-01T00:00:00Z",
            })
    void whatIsNotATimeIsNull(String text) {
        assertNull(Rfc3339.parse(text));
    }
}
