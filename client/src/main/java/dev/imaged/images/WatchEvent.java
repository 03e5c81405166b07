package dev.imaged.images;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a watch tells. Immutable. */
public sealed interface WatchEvent {
    /**
     * Images of a snapshot. All that come until {@link Synced} are of one revision.
     *
     * @param images images that match, in byte order of namespace and name; there may be none
     * @param isFirst whether a snapshot starts; what was told of one before it does not count any more
     */
    record Snapshot(List<VersionedImage> images, boolean isFirst) implements WatchEvent {}

    /**
     * The snapshot is whole: there was no other image at this position.
     *
     * @param position what the snapshot is of
     */
    record Synced(Position position) implements WatchEvent {}

    /**
     * Changes of one or more whole commits.
     *
     * @param changes at least one, in order
     * @param position the position behind them
     */
    record Changed(List<WatchedChange> changes, Position position) implements WatchEvent {
        /** Returns the changes of each commit. */
        public List<List<WatchedChange>> commits() {
            List<List<WatchedChange>> commits = new ArrayList<>();
            for (int from = 0, to = 0; from < changes.size(); from = to) {
                long revision = changes.get(from).change().revision();
                while (to < changes.size() && changes.get(to).change().revision() == revision) {
                    to++;
                }
                commits.add(changes.subList(from, to));
            }
            return commits;
        }
    }

    /**
     * Everything that matches was told up to a position.
     *
     * @param position that position
     */
    record Progress(Position position) implements WatchEvent {}

    /** Returns the position to watch from after this event; null while a snapshot is not whole. */
    default @Nullable Position position() {
        return null;
    }
}
