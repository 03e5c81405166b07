package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Position;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.images.WatchedChange;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.internal.wire.WatchProtos;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.proto.v1.WatchResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** How far a watch has come, over all of its calls: what it makes of a message, and what it does when a call is lost. For one thread at a time. */
final class WatchCursor {
    private static final Duration LEAST_BACKOFF = Duration.ofMillis(100);
    private static final Duration MOST_BACKOFF = Duration.ofSeconds(5);

    /** How often a daemon may lack what another one told: one of several daemons may be behind for a moment. */
    private static final int MAX_TIMES_AHEAD = 6;

    /** A call that lasts for so long behind its first message did not fail at once: its end is the first failure. */
    private static final Duration STEADY = MOST_BACKOFF;

    private final WatchOptions options;

    /** The first changes of a commit whose other changes follow in the next message. */
    private final List<WatchedChange> partial = new ArrayList<>();

    /** Where the next call starts: the last position that was received, null before the first one. */
    private @Nullable Position resume;

    /** Whether the next call, or this one, starts with a snapshot that is not whole yet. */
    private boolean snapshot;

    /** Whether a message of that snapshot has come. */
    private boolean inSnapshot;

    /** Whether any message has come: before, an error is the caller's. */
    private boolean started;

    /** How many calls were lost one after the other. */
    private int failures;

    /** How often a daemon lacked what was told before, since the last message. */
    private int timesAhead;

    private final LongSupplier nanos;

    /** Whether a message of the call has come, and when the first did, in nanoseconds. */
    private boolean answered;

    private long answeredAt;

    /** @param nanos a clock that only goes forward, in nanoseconds */
    WatchCursor(WatchOptions options, LongSupplier nanos) {
        this.options = options;
        this.nanos = nanos;
        this.resume = options.after();
        this.snapshot = options.snapshot();
    }

    /** Returns the request of the next call. */
    WatchRequest nextCall() {
        inSnapshot = false;
        answered = false;
        partial.clear();
        return WatchProtos.toProto(options, snapshot ? null : resume, snapshot);
    }

    /**
     * Returns the events of a message, two at most; none when the message is a part of a commit.
     *
     * @throws ImageException.Internal when the message breaks the API
     */
    List<WatchEvent> accept(WatchResponse response) {
        answeredAt = answered ? answeredAt : nanos.getAsLong();
        answered = true;
        timesAhead = 0;
        List<WatchEvent> events = snapshot ? acceptSnapshot(response) : acceptChanges(response);
        started = true;
        return events;
    }

    private List<WatchEvent> acceptChanges(WatchResponse response) {
        response.getChangesList().forEach(change -> partial.add(WatchProtos.fromProto(change)));
        if (!response.hasPosition()) {
            return List.of();
        }
        Position behind = CatalogProtos.fromProto(response.getPosition());
        WatchEvent event = partial.isEmpty()
                ? new WatchEvent.Progress(behind)
                : new WatchEvent.Changed(List.copyOf(partial), behind);
        partial.clear();
        resume = behind;
        return List.of(event);
    }

    private List<WatchEvent> acceptSnapshot(WatchResponse response) {
        List<WatchEvent> events = new ArrayList<>(2);
        if (!inSnapshot || response.getImagesCount() > 0) {
            events.add(new WatchEvent.Snapshot(
                    response.getImagesList().stream()
                            .map(CatalogProtos::fromProto)
                            .toList(),
                    !inSnapshot));
            inSnapshot = true;
        }
        if (response.getSynced()) {
            Position whole = CatalogProtos.fromProto(response.getPosition());
            snapshot = false;
            resume = whole;
            events.add(new WatchEvent.Synced(whole));
        }
        return events;
    }

    /**
     * Returns how long to wait before the next call, in nanoseconds.
     *
     * @throws ImageException the error, when it ends the watch
     */
    long lost(ImageException error) {
        if (answered && nanos.getAsLong() - answeredAt >= STEADY.toNanos()) {
            failures = 0;
        }
        if (started && error.reason().equals("REVISION_AHEAD") && timesAhead < MAX_TIMES_AHEAD) {
            timesAhead++;
            return pause();
        } else if (error instanceof ImageException.OutOfRange && options.restarts()) {
            boolean again = snapshot || failures > 0; // the log was cut while the snapshot was sent, or soon after it
            resume = null;
            snapshot = true;
            return again ? pause() : firstFailure();
        } else if (started && isTemporary(error)) {
            return pause();
        }
        throw error;
    }

    private static boolean isTemporary(ImageException error) {
        return switch (error.code()) {
            case UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED -> true;
            case RESOURCE_EXHAUSTED -> !error.reason().equals("TOO_LARGE");
            default -> false;
        };
    }

    private long firstFailure() {
        failures = 1;
        return 0;
    }

    /** Returns a longer pause after each failure, and not as long as others, so that not all come back at once. */
    private long pause() {
        long most = Math.min(MOST_BACKOFF.toNanos(), LEAST_BACKOFF.toNanos() << Math.min(failures, 10));
        failures++;
        return ThreadLocalRandom.current().nextLong(most / 2, most);
    }
}
