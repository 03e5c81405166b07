package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ViewPausesTest {
    private static final Duration SHORT = Duration.ofSeconds(3);

    private final ViewPauses pauses = new ViewPauses();

    private List<Long> secondsAfter(Duration... lived) {
        return Stream.of(lived).map(pauses::after).map(Duration::toSeconds).toList();
    }

    @Test
    void viewsThatDoNotLastAreMadeEverMoreSeldom() {
        assertEquals(
                List.of(0L, 1L, 2L, 4L, 8L, 16L, 32L, 64L, 120L, 120L),
                secondsAfter(SHORT, SHORT, SHORT, SHORT, SHORT, Duration.ZERO, SHORT, SHORT, SHORT, Duration.ZERO));
    }

    @Test
    void oneThatHasLastedIsFollowedByTheNextAtOnce() {
        secondsAfter(SHORT, SHORT, SHORT);

        assertEquals(List.of(0L, 1L, 0L), secondsAfter(ViewPauses.MAX, SHORT, Duration.ofDays(1)));
    }
}
