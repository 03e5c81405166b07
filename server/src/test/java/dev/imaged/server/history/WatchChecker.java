package dev.imaged.server.history;

import dev.imaged.filters.Filters;
import dev.imaged.images.Change;
import dev.imaged.images.Position;
import dev.imaged.images.VersionedImage;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.images.WatchedChange;
import dev.imaged.images.WatchedChange.Match;
import dev.imaged.server.history.Finding.Property;
import dev.imaged.server.history.LogPiece.Name;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks what one watcher was told, over all its connections, against the log. */
final class WatchChecker {
    private final String watcher;
    private final LogPiece piece;
    private final List<Finding> findings = new ArrayList<>();

    /** What was told since the last snapshot. */
    private final Set<Told> told = new HashSet<>();

    private final List<VersionedImage> snapshot = new ArrayList<>();

    /** Up to which revision all was told; null while that is not known. */
    private @Nullable Long position;

    private WatchOptions options;
    private Filters filters;

    /** A change, which is one name of a commit. */
    private record Told(long revision, Name name) {
        static Told of(Change change) {
            return new Told(change.revision(), Name.of(change));
        }
    }

    private WatchChecker(String watcher, LogPiece piece, WatchOptions options) {
        this.watcher = watcher;
        this.piece = piece;
        this.options = options;
        this.filters = Filters.parse(options.filters());
    }

    /**
     * Checks all sessions of one watcher.
     *
     * @param piece all of the log since the first of them began
     */
    static List<Finding> check(String watcher, List<WatchSession> sessions, LogPiece piece) {
        WatchChecker checker = new WatchChecker(watcher, piece, sessions.get(0).options());
        sessions.forEach(checker::check);
        return checker.findings;
    }

    private void check(WatchSession session) {
        options = session.options();
        filters = Filters.parse(options.filters());
        Position after = options.after();
        snapshot.clear();
        position = after == null ? null : after.revision();
        for (WatchEvent event : session.events()) {
            Position behind = event.position();
            if (behind != null && !behind.store().equals(piece.start().store())) {
                add(Property.ORDERED, "the position " + behind + " is of another store");
            }
            if (event instanceof WatchEvent.Snapshot part) {
                accept(part);
            } else if (event instanceof WatchEvent.Synced synced) {
                accept(synced);
            } else if (event instanceof WatchEvent.Progress progress) {
                accept(List.of(), progress.position().revision());
            } else if (event instanceof WatchEvent.Changed changed) {
                accept(changed.changes(), changed.position().revision());
            }
        }
    }

    private void accept(WatchEvent.Snapshot part) {
        if (part.isFirst()) {
            snapshot.clear();
        }
        snapshot.addAll(part.images());
    }

    private void accept(WatchEvent.Synced synced) {
        long revision = synced.position().revision();
        List<VersionedImage> stored = new ArrayList<>();
        piece.at(revision).forEach((name, last) -> {
            VersionedImage image = last.image();
            if (image != null && follows(name.namespace()) && filters.matches(image.image())) {
                stored.add(image);
            }
        });
        stored.sort(Comparator.comparing(VersionedImage::namespace)
                .thenComparing(image -> image.image().name()));
        if (!snapshot.equals(stored)) {
            add(Property.GAPLESS, "the snapshot at " + revision + " is " + snapshot + ", not " + stored);
        }
        position = revision;
        told.clear();
    }

    /** Accepts an event with changes, or one that says there were none. */
    private void accept(List<WatchedChange> changes, long behind) {
        Long from = position;
        if (from == null) { // a watch from now on
            from = changes.isEmpty() ? behind : changes.get(0).change().revision() - 1;
        }
        if (behind < from) {
            add(Property.ORDERED, "the position goes back from " + from + " to " + behind);
        }
        Map<Told, WatchedChange> got = new LinkedHashMap<>();
        Change before = null;
        for (WatchedChange watched : changes) {
            Change change = watched.change();
            checkPlace(before, change, from, behind);
            got.put(Told.of(change), watched);
            before = change;
        }
        checkAgainstLog(got, from, behind);
        position = behind;
    }

    private void checkPlace(@Nullable Change before, Change change, long from, long behind) {
        if (!told.add(Told.of(change))) {
            add(Property.UNIQUE, change + " comes twice");
        } else if (change.revision() <= from) {
            add(Property.BOOKMARKABLE, change + " comes after the position " + from);
        }
        if (change.revision() > behind || (before != null && before.revision() > change.revision())) {
            add(Property.ORDERED, change + " is out of order at " + behind + ", behind " + before);
        }
    }

    private void checkAgainstLog(Map<Told, WatchedChange> got, long from, long behind) {
        Set<Long> commits = new HashSet<>();
        got.keySet().forEach(key -> commits.add(key.revision()));
        Map<Told, Change> logged = new HashMap<>();
        for (Change change : piece.between(from, behind)) {
            Match match = match(change);
            if (match == null) {
                continue;
            }
            logged.put(Told.of(change), change);
            WatchedChange watched = got.get(Told.of(change));
            if (watched == null) {
                boolean isPart = commits.contains(change.revision());
                add(isPart ? Property.WHOLE : Property.RESUMABLE, change + " is missing at " + behind);
            } else if (watched.match() != match || !isSame(watched.change(), change)) {
                add(Property.FAITHFUL, change + " was told as " + watched + ", not " + match);
            }
        }
        got.forEach((key, watched) -> {
            boolean isInPiece = key.revision() > piece.start().revision();
            if (isInPiece && key.revision() > from && !logged.containsKey(key)) {
                add(Property.FAITHFUL, watched + " is not for this watch");
            }
        });
    }

    private boolean isSame(Change told, Change logged) {
        return told.commit().equals(logged.commit())
                && told.kind() == logged.kind()
                && told.previousRevision() == logged.previousRevision()
                && Objects.equals(told.before(), options.before() ? logged.before() : null)
                && Objects.equals(told.after(), logged.after());
    }

    private boolean follows(String namespace) {
        List<String> namespaces = options.namespaces();
        return namespaces == null || namespaces.contains(namespace);
    }

    /** Returns what a change means to the watch, null when it means nothing. */
    private @Nullable Match match(Change change) {
        if (!follows(change.namespace())) {
            return null;
        }
        var before = change.before();
        var after = change.after();
        boolean did = before != null && filters.matches(before);
        boolean does = after != null && filters.matches(after);
        if (did) {
            return does ? Match.STAYED : Match.LEFT;
        }
        return does ? Match.ENTERED : null;
    }

    private void add(Property property, String what) {
        findings.add(new Finding(property, watcher + ": " + what));
    }
}
