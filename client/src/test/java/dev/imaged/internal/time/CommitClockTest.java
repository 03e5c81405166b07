package dev.imaged.internal.time;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.images.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommitClockTest {
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration TEN_YEARS = Duration.ofDays(3652);
    private static final Logger LOGGER = Logger.getLogger(CommitClock.class.getName());

    private final TestClock wall = new TestClock();
    private final CommitClock clock = new CommitClock(wall, Instant.MIN);
    private final List<String> logged = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            logged.add(line.getLevel() + " " + line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void watchTheLog() {
        LOGGER.setUseParentHandlers(false);
        LOGGER.addHandler(handler);
    }

    @AfterEach
    void leaveTheLog() {
        LOGGER.removeHandler(handler);
        LOGGER.setUseParentHandlers(true);
    }

    @Test
    void aClockThatStandsStillOrStepsBackByADayStillMovesForward() {
        assertEquals(TestClock.START, clock.next());
        assertEquals(TestClock.START.plusNanos(1), clock.next());
        wall.advance(DAY.negated().plusNanos(2));
        assertEquals(TestClock.START.plusNanos(2), clock.next());
        assertEquals(TestClock.START.plusNanos(3), clock.next());
        wall.advance(DAY);
        assertEquals(TestClock.START.plusNanos(4), clock.next());
        assertEquals(List.of(), logged);
    }

    @Test
    void aTimeMoreThanADayAheadIsLeftWithOneLogLineThatNamesBothTimes() {
        Instant ahead = wall.advance(TEN_YEARS);
        assertEquals(ahead, clock.next());
        wall.advance(TEN_YEARS.negated());

        assertEquals(TestClock.START, clock.next());
        assertEquals(TestClock.START.plusNanos(1), clock.next());
        assertEquals(
                List.of("WARNING the newest write has the time " + ahead
                        + ", more than a day after the clock, which says " + TestClock.START
                        + ": writes have the time of the clock again"),
                logged);
    }

    @Test
    void aTimeThatIsLookedAtIsGivenOutAgain() {
        assertEquals(TestClock.START, clock.peek());
        assertEquals(TestClock.START, clock.next());
        assertEquals(TestClock.START.plusNanos(1), clock.peek());
        assertEquals(TestClock.START.plusNanos(1), clock.next());
    }

    @Test
    void theTimeOfAnotherStoreIsFollowedUnlessItIsEarlier() {
        Instant later = TestClock.START.plusSeconds(1);
        assertEquals(later, clock.follow(later));
        assertEquals(later, clock.follow(TestClock.START));
        assertEquals(later.plusNanos(1), clock.next());
    }

    @Test
    void aTimeOfAnotherStoreThatIsMoreThanADayEarlierIsFollowed() {
        clock.follow(TestClock.START.plus(TEN_YEARS));

        assertEquals(TestClock.START, clock.follow(TestClock.START));
        assertEquals(TestClock.START.plusNanos(1), clock.next());
    }

    @Test
    void aDayIsTheMostThatIsSmoothed() {
        clock.next();
        wall.advance(DAY.negated());
        assertEquals(TestClock.START.plusNanos(1), clock.next());
        assertEquals(TestClock.START.minus(DAY), clock.next());
        assertEquals(1, logged.size());
    }

    @Test
    void aStoredTimeThatIsFarAheadIsNotCarriedOn() {
        CommitClock again = new CommitClock(wall, TestClock.START.plus(TEN_YEARS));
        assertEquals(TestClock.START, again.next());
        assertEquals(1, logged.size());
    }

    @Test
    void aStepForwardIsFollowed() {
        clock.next();
        assertEquals(wall.advance(TEN_YEARS), clock.next());
        assertEquals(List.of(), logged);
    }
}
