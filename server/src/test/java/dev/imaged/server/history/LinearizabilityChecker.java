package dev.imaged.server.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Looks for an order of all calls, each at one moment between its begin and its end, in which a single thread would have
 * had the same answers (Wing and Gong, "Testing and Verifying Concurrent Objects"; in the form of Lowe, "Testing for
 * linearizability", which places a call when it ends). It keeps every state that is possible, so that a history can be
 * checked piece by piece: at the end of a piece no call is under way.
 */
final class LinearizabilityChecker<S> {
    /** The state behind the calls that were placed, and those of them that are still under way. */
    private record Placing<S>(S state, Set<Call<S>> placed) {}

    /** The begin or the end of a call. */
    private record Event<S>(long time, boolean isEnd, Call<S> call) {}

    private Set<Placing<S>> possible;

    LinearizabilityChecker(S initial) {
        possible = Set.of(new Placing<>(initial, Set.of()));
    }

    /** Returns the states that are possible now. */
    List<S> states() {
        return possible.stream().map(Placing::state).toList();
    }

    /**
     * Goes on with the next piece of the history.
     *
     * @throws AssertionError when there is no such order, naming the first call whose end cannot be explained
     */
    void check(List<Call<S>> calls) {
        Set<Call<S>> underWay = new HashSet<>();
        for (Event<S> event : events(calls)) {
            if (!event.isEnd) {
                underWay.add(event.call);
                continue;
            }
            Set<Placing<S>> next = behind(event.call, underWay);
            if (next.isEmpty()) {
                throw new AssertionError("not linearizable: " + event.call + "\nwhile under way: " + underWay
                        + "\nin any of the states: " + states());
            }
            possible = next;
            underWay.remove(event.call);
        }
    }

    /** At the same time, begins come before ends: such calls may be in any order. */
    private static <S> List<Event<S>> events(List<Call<S>> calls) {
        List<Event<S>> events = new ArrayList<>();
        for (Call<S> call : calls) {
            events.add(new Event<>(call.begin(), false, call));
            events.add(new Event<>(call.end(), true, call));
        }
        events.sort(Comparator.<Event<S>>comparingLong(Event::time).thenComparing(Event::isEnd));
        return events;
    }

    /** Returns all that is possible when a call has ended: it is placed, or never was if it may have had no effect. */
    private Set<Placing<S>> behind(Call<S> ended, Set<Call<S>> underWay) {
        Set<Placing<S>> seen = new HashSet<>(possible);
        Deque<Placing<S>> open = new ArrayDeque<>(possible);
        Set<Placing<S>> behind = new HashSet<>();
        while (!open.isEmpty()) {
            Placing<S> placing = open.remove();
            boolean isPlaced = placing.placed.contains(ended);
            if (isPlaced || (ended.unknown() && possible.contains(placing))) {
                Set<Call<S>> placed = new HashSet<>(placing.placed);
                placed.remove(ended);
                behind.add(new Placing<>(placing.state, placed));
            }
            if (isPlaced) {
                continue; // what else is under way is placed when it ends
            }
            for (Call<S> call : underWay) {
                if (!placing.placed.contains(call)) {
                    call.effect().on(placing.state).ifPresent(state -> {
                        Set<Call<S>> placed = new HashSet<>(placing.placed);
                        placed.add(call);
                        Placing<S> following = new Placing<>(state, placed);
                        if (seen.add(following)) {
                            open.add(following);
                        }
                    });
                }
            }
        }
        return behind;
    }
}
