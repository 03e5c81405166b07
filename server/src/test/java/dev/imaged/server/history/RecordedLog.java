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

/** Reads the log of a daemon. */
final class RecordedLog {
    private RecordedLog() {}

    /** Returns the position of the newest commit. */
    static Position position(ImageStores stores) {
        return stores.pages("red")
                .orElseThrow()
                .page(PageOptions.first(ListOptions.DEFAULT))
                .position();
    }

    /** Returns all changes behind a position, as a watch tells them, up to a revision. */
    static List<Change> read(ImageStores stores, Position after, long until) {
        List<Change> log = new ArrayList<>();
        try (Watch watch = stores.changes()
                .orElseThrow()
                .watch(WatchOptions.allNamespaces().after(after))) {
            Position position = after;
            while (position.revision() < until) {
                WatchEvent event = watch.next();
                if (event instanceof WatchEvent.Changed changed) {
                    changed.changes().stream().map(WatchedChange::change).forEach(log::add);
                }
                position = event.position();
            }
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
