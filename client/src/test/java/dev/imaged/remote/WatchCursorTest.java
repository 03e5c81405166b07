package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.WatchOptions;
import dev.imaged.proto.v1.Position;
import dev.imaged.proto.v1.WatchResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How long a watch waits before it makes the next call. */
class WatchCursorTest {
    private static final WatchOptions HERE = WatchOptions.namespace("ns");
    private static final Duration LEAST = Duration.ofMillis(100);
    private static final Duration MOST = Duration.ofSeconds(5);

    private final ImageException gone = new Unavailable("gone", null);
    private final ImageException lost = new OutOfRange("lost", null);
    private final AtomicLong nanos = new AtomicLong();
    private long revision;

    private WatchCursor cursor(WatchOptions options) {
        return new WatchCursor(options, nanos::get);
    }

    private WatchResponse message() {
        revision++;
        return WatchResponse.newBuilder()
                .setPosition(Position.newBuilder().setRevision(revision))
                .build();
    }

    /** Makes a call that gives a message, lasts for a while, and is lost; returns the pause behind it. */
    private Duration call(WatchCursor cursor, Duration lasts, ImageException end) {
        cursor.nextCall();
        cursor.accept(message());
        nanos.addAndGet(lasts.toNanos());
        return Duration.ofNanos(cursor.lost(end));
    }

    private static void assertBetween(Duration half, Duration pause) {
        assertTrue(pause.compareTo(half) >= 0 && pause.compareTo(half.multipliedBy(2)) < 0, "a pause of " + pause);
    }

    @Test
    void aWatchThatFailsBehindEachMessageWaitsLongerEachTime() {
        WatchCursor cursor = cursor(HERE);
        Duration half = LEAST.dividedBy(2);
        for (int failures = 0; failures < 5; failures++) {
            assertBetween(half, call(cursor, Duration.ZERO, gone));
            half = half.multipliedBy(2);
        }
        call(cursor, Duration.ZERO, gone);
        assertBetween(MOST.dividedBy(2), call(cursor, MOST.minusNanos(1), gone));
    }

    @Test
    void aWatchThatWasWellForAWhileComesBackSoon() {
        WatchCursor cursor = cursor(HERE);
        for (int failures = 0; failures < 10; failures++) {
            call(cursor, Duration.ZERO, gone);
        }
        assertBetween(LEAST.dividedBy(2), call(cursor, MOST, gone));
    }

    @Test
    void aCallWithoutAnyMessageWasNotWellHoweverLongItLasted() {
        WatchCursor cursor = cursor(HERE);
        for (int failures = 0; failures < 10; failures++) {
            call(cursor, Duration.ZERO, gone);
        }
        cursor.nextCall();
        nanos.addAndGet(Duration.ofHours(1).toNanos());
        assertBetween(MOST.dividedBy(2), Duration.ofNanos(cursor.lost(gone)));
    }

    @Test
    void aWatchThatIsLostStartsAgainAtOnceButNotOverAndOver() {
        WatchCursor cursor = cursor(HERE.restarting());
        assertEquals(Duration.ZERO, call(cursor, Duration.ZERO, lost));
        cursor.nextCall();
        cursor.accept(message().toBuilder().setSynced(true).build());
        assertBetween(LEAST, Duration.ofNanos(cursor.lost(lost)));
    }

    @Test
    void theFirstErrorIsTheCallers() {
        WatchCursor cursor = cursor(HERE);
        cursor.nextCall();
        assertSame(gone, assertThrows(Unavailable.class, () -> cursor.lost(gone)));
    }

    @Test
    void aDaemonThatIsBehindIsAskedAgainThoughCallsWereLostBefore() {
        WatchCursor cursor = cursor(HERE);
        ImageException behind = new ImageException.OutOfRange("behind", null).withReason("REVISION_AHEAD", Map.of());
        for (int failures = 0; failures < 10; failures++) {
            call(cursor, Duration.ZERO, gone);
        }
        for (int times = 0; times < 6; times++) {
            cursor.nextCall();
            assertBetween(MOST.dividedBy(2), Duration.ofNanos(cursor.lost(behind)));
        }
        assertSame(behind, assertThrows(OutOfRange.class, () -> cursor.lost(behind)));
        call(cursor, Duration.ZERO, behind); // a message came
    }
}
