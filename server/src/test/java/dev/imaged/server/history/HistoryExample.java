package dev.imaged.server.history;

import dev.imaged.images.Cause;
import dev.imaged.images.Change;
import dev.imaged.images.Change.Commit;
import dev.imaged.images.Image;
import dev.imaged.images.Position;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.images.WatchedChange;
import dev.imaged.images.WatchedChange.Match;
import dev.imaged.oci.Descriptor;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A short log for the tests of the checkers. */
final class HistoryExample {
    static final WatchOptions ALL = WatchOptions.allNamespaces();
    static final WatchOptions WEB = WatchOptions.namespace("red").filters(List.of("labels.team==web"));

    private static final Instant TIME = Instant.parse("2026-08-01T12:00:00Z");
    private static final Commit FIRST = commit(1, "red", "");
    private static final Commit SECOND = commit(2, "red", "request");
    private static final Commit THIRD = commit(4, "red", ""); // there may be gaps
    private static final Commit FOURTH = commit(5, "green", "");
    private static final Commit FIFTH = commit(6, "red", "");

    static final Image A1 = image("a", "1", "web");
    static final Image A2 = image("a", "2", "data");
    static final Image B2 = image("b", "2", "web");
    static final Image C5 = image("c", "5", "web");
    static final Image B6 = image("b", "6", "data");

    static final Change CREATE_A = new Change.Created(FIRST, "a", 0, A1);
    static final Change UPDATE_A = new Change.Updated(SECOND, "a", 1, A1, A2);
    static final Change CREATE_B = new Change.Created(SECOND, "b", 0, B2);
    static final Change DELETE_A = new Change.Deleted(THIRD, "a", 2, A2);
    static final Change CREATE_C = new Change.Created(FOURTH, "c", 0, C5);
    static final Change UPDATE_B = new Change.Updated(FIFTH, "b", 2, B2, B6);

    private HistoryExample() {}

    static Commit commit(long revision, String namespace, String request) {
        return new Commit(revision, TIME.plusSeconds(revision), namespace, new Cause("", request, "", 0));
    }

    static Image image(String name, String write, String team) {
        Instant updated = TIME.plusSeconds(Integer.parseInt(write));
        Map<String, String> labels = Map.of(SentWrite.LABEL, write, "team", team);
        return new Image(name, labels, new Descriptor("m", "sha256:1", 1), TIME, updated);
    }

    static LogPiece log() {
        return log(CREATE_A, UPDATE_A, CREATE_B, DELETE_A, CREATE_C, UPDATE_B);
    }

    static LogPiece log(Change... changes) {
        return LogPiece.first("store", List.of(changes));
    }

    static Position at(long revision) {
        return new Position("store", revision);
    }

    static WatchSession session(WatchOptions options, WatchEvent... events) {
        return new WatchSession(options, List.of(events));
    }

    static WatchEvent progress(long revision) {
        return new WatchEvent.Progress(at(revision));
    }

    static WatchEvent changed(long position, WatchedChange... changes) {
        return new WatchEvent.Changed(List.of(changes), at(position));
    }

    /** An event of a watch without filters. */
    static WatchEvent told(long position, Change... changes) {
        WatchedChange[] watched = new WatchedChange[changes.length];
        for (int i = 0; i < changes.length; i++) {
            watched[i] = new WatchedChange(
                    changes[i],
                    switch (changes[i].kind()) {
                        case CREATE -> Match.ENTERED;
                        case UPDATE -> Match.STAYED;
                        case DELETE -> Match.LEFT;
                    });
        }
        return changed(position, watched);
    }
}
