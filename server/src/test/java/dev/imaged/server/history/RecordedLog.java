package dev.imaged.server.history;

import dev.imaged.images.Change;
import dev.imaged.images.ImageStores;
import dev.imaged.images.ListOptions;
import dev.imaged.images.PageOptions;
import dev.imaged.images.Position;
import dev.imaged.images.Watch;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.images.WatchedChange;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Reads the log of a daemon. */
final class RecordedLog {
    /** A watch that lacks a change would never end. */
    private static final long LIMIT_SECONDS = 300;

    private RecordedLog() {}

    /** Returns the position of the newest commit. */
    static Position position(ImageStores stores) throws InterruptedException {
        return Repeated.untilAnswered(() -> stores.pages("red")
                .orElseThrow()
                .page(PageOptions.first(ListOptions.DEFAULT))
                .position());
    }

    /** Returns all changes behind a position, as a watch tells them, up to a revision. */
    static List<Change> read(ImageStores stores, Position after, long until) throws InterruptedException {
        return Repeated.untilAnswered(() -> readOnce(stores, after, until));
    }

    private static List<Change> readOnce(ImageStores stores, Position after, long until) {
        List<Change> log = new ArrayList<>();
        CompletableFuture<String> limit = new CompletableFuture<>();
        try (Watch watch = stores.changes()
                .orElseThrow()
                .watch(WatchOptions.allNamespaces().after(after))) {
            limit.completeOnTimeout("", LIMIT_SECONDS, TimeUnit.SECONDS).thenRun(watch::close);
            Position position = after;
            while (position.revision() < until) {
                if (!watch.hasNext()) {
                    throw new AssertionError(
                            "the watch told nothing behind " + position + ", but " + until + " is stored");
                }
                WatchEvent event = watch.next();
                if (event instanceof WatchEvent.Changed changed) {
                    changed.changes().stream().map(WatchedChange::change).forEach(log::add);
                }
                position = event.position();
            }
        } finally {
            limit.cancel(false);
        }
        return log;
    }

    /** Returns the hash of a log that goes on behind another one with this hash; 1 is that of the empty log. */
    static long hash(long hash, List<Change> changes) {
        for (Change change : changes) {
            hash = 31 * hash + change.hashCode();
        }
        return hash;
    }
}
