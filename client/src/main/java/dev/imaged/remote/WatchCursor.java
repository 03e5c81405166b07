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
import org.jspecify.annotations.Nullable;

/** How far a watch has come, over all of its calls: what it makes of a message, and what it does when a call is lost. For one thread at a time. */
final class WatchCursor {
    private static final Duration LEAST_BACKOFF = Duration.ofMillis(100);
    private static final Duration MOST_BACKOFF = Duration.ofSeconds(5);

    /** How often a daemon may lack what another one told: one of several daemons may be behind for a moment. */
    private static final int MAX_TIMES_AHEAD = 6;

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

    /** How many calls were lost since the last message. */
    private int failures;

    WatchCursor(WatchOptions options) {
        this.options = options;
        this.resume = options.after();
        this.snapshot = options.snapshot();
    }

    /** Returns the request of the next call. */
    WatchRequest nextCall() {
        inSnapshot = false;
        partial.clear();
        return WatchProtos.toProto(options, snapshot ? null : resume, snapshot);
    }

    /**
     * Returns the events of a message, two at most; none when the message is a part of a commit.
     *
     * @throws ImageException.Internal when the message breaks the API
     */
    List<WatchEvent> accept(WatchResponse response) {
        failures = 0;
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
        if (started && error.reason().equals("REVISION_AHEAD") && failures < MAX_TIMES_AHEAD) {
            return pause();
        } else if (error instanceof ImageException.OutOfRange && options.restarts()) {
            boolean again = snapshot; // the log was cut while the snapshot was sent
            resume = null;
            snapshot = true;
            return again ? pause() : 0;
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

    /** Returns a longer pause after each failure, and not as long as others, so that not all come back at once. */
    private long pause() {
        long most = Math.min(MOST_BACKOFF.toNanos(), LEAST_BACKOFF.toNanos() << Math.min(failures, 10));
        failures++;
        return ThreadLocalRandom.current().nextLong(most / 2, most);
    }
}
