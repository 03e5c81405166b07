package dev.imaged.server.history;

import dev.imaged.images.Change;
import dev.imaged.images.Image;
import dev.imaged.server.history.Finding.Property;
import dev.imaged.server.history.LogPiece.Name;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checks what a subscriber of containerd's events was told over one connection: a part of the log without a gap. */
final class EventChecker {
    private final String subscriber;
    private final List<Finding> findings = new ArrayList<>();

    /** An event. The time tells the commit, because no two have the same. */
    record Event(Instant time, Name name, String topic, Map<String, String> labels) {
        static Event of(Change change) {
            Image after = change.after();
            String topic = switch (change.kind()) {
                case CREATE -> "/images/create";
                case UPDATE -> "/images/update";
                case DELETE -> "/images/delete";
            };
            return new Event(change.time(), Name.of(change), topic, after == null ? Map.of() : after.labels());
        }
    }

    private record Place(Instant time, Name name) {}

    /** @param fromStart whether the connection is older than the piece, so that the first event is that of its first change */
    record Session(boolean fromStart, List<Event> events) {}

    private EventChecker(String subscriber) {
        this.subscriber = subscriber;
    }

    static List<Finding> check(String subscriber, List<Session> sessions, LogPiece piece) {
        EventChecker checker = new EventChecker(subscriber);
        Map<Place, Integer> places = new HashMap<>();
        List<Event> log = piece.changes().stream().map(Event::of).toList();
        for (int i = 0; i < log.size(); i++) {
            places.put(new Place(log.get(i).time(), log.get(i).name()), i);
        }
        sessions.forEach(session -> checker.check(session, log, places));
        return checker.findings;
    }

    private void check(Session session, List<Event> log, Map<Place, Integer> places) {
        int last = session.fromStart() ? -1 : Integer.MIN_VALUE;
        for (Event event : session.events()) {
            Integer index = places.get(new Place(event.time(), event.name()));
            if (index == null) {
                add(Property.ACKNOWLEDGED, event + " is not in the log");
                continue;
            }
            if (!log.get(index).equals(event)) {
                add(Property.FAITHFUL, event + " should be " + log.get(index));
            }
            if (index == last) {
                add(Property.UNIQUE, event + " comes twice");
            } else if (index < last) {
                add(Property.ORDERED, event + " comes behind " + log.get(last));
            } else if (last != Integer.MIN_VALUE && index != last + 1) {
                add(Property.RESUMABLE, log.get(last + 1) + " is missing before " + event);
            }
            last = index;
        }
    }

    private void add(Property property, String what) {
        findings.add(new Finding(property, subscriber + ": " + what));
    }
}
