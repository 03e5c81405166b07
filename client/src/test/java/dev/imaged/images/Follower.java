package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Reads a watch for a test. A watch that says too little for too long is closed, which fails the test. */
public final class Follower implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private static final ScheduledExecutorService TIMER = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "follower-timer");
        thread.setDaemon(true);
        return thread;
    });

    private final Watch watch;
    private final ScheduledFuture<?> limit;

    public Follower(ImageStores stores, WatchOptions options) {
        this.watch = stores.changes().orElseThrow().watch(options);
        this.limit = TIMER.schedule(watch::close, PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Returns the next event. */
    public WatchEvent event() {
        return watch.next();
    }

    /** Returns the first event that meets a condition; those before it have to be of no other kind than progress. */
    public WatchEvent eventAfterProgress(Predicate<WatchEvent> condition) {
        WatchEvent event = watch.next();
        while (!condition.test(event)) {
            assertFalse(event instanceof WatchEvent.Changed, event.toString());
            event = watch.next();
        }
        return event;
    }

    /** Returns the changes of the next events, until there are at least so many. */
    public List<WatchedChange> changes(int count) {
        List<WatchedChange> changes = new ArrayList<>();
        while (changes.size() < count) {
            if (watch.next() instanceof WatchEvent.Changed changed) {
                changes.addAll(changed.changes());
            }
        }
        return changes;
    }

    /** Returns the images of the snapshot, until it is whole. */
    public List<VersionedImage> snapshot() {
        List<VersionedImage> images = new ArrayList<>();
        WatchEvent event = watch.next();
        while (!(event instanceof WatchEvent.Synced)) {
            if (event instanceof WatchEvent.Snapshot part) {
                if (part.isFirst()) {
                    images.clear();
                }
                images.addAll(part.images());
            }
            event = watch.next();
        }
        return images;
    }

    public Position position() {
        return watch.position();
    }

    /** The watch itself. */
    public Watch watch() {
        return watch;
    }

    @Override
    public void close() {
        limit.cancel(false);
        watch.close();
    }
}
