package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How old a view takes commits for whose machine has another clock. */
class CommitTimesTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final CommitTimes times = new CommitTimes(Duration.ofSeconds(20), START);

    /** Returns by how much a commit counts as older than a moment, in seconds. */
    private long age(int committed, int now) {
        return Duration.between(times.of(at(committed), at(now)), at(now)).toSeconds();
    }

    private static Instant at(long second) {
        return START.plusSeconds(second);
    }

    @ParameterizedTest
    @ValueSource(ints = {-100_000, -30, 0, 30, 100_000})
    void aCommitIsAsOldAsItTookLongerThanTheQuickest(int otherClock) {
        times.whole(at(0));
        assertEquals(0, age(otherClock + 2, 5), "nothing is known of the other clock");
        assertEquals(0, age(otherClock + 10, 12), "it came quicker");
        assertEquals(1, age(otherClock + 11, 14));
        times.received(at(14));
        assertEquals(80, age(otherClock + 20, 102), "it came after a pause");
    }

    @Test
    void aClockThatWasSetCountsOnceAllIsKnown() {
        times.whole(at(0));
        age(1, 1);
        times.received(at(1));
        assertEquals(3600, age(2 - 3600, 2));
        times.whole(at(3));
        assertEquals(0, age(4 - 3600, 4));
    }

    @Test
    void allThatIsKnownOfTheFirstCommitBehindAPauseAreTheClocks() {
        times.whole(at(0));
        assertEquals(60, age(40, 100));
        assertEquals(0, age(140, 100), "no commit is made in the future");
    }
}
