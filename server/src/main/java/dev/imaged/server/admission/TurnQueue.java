package dev.imaged.server.admission;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A queue in which owners take turns, such as connections: an owner that has added a thousand tasks delays the next task of another by one.
 * The tasks of one owner stay in their order. Thread-safe.
 *
 * @param <T> the tasks
 */
public final class TurnQueue<T> {
    /** The tasks of each owner, in the order of their next turns. */
    private final Map<Object, Queue<T>> waiting = new LinkedHashMap<>();

    public synchronized void add(Object owner, T task) {
        waiting.computeIfAbsent(owner, first -> new ArrayDeque<>()).add(task);
    }

    /** Removes the task whose turn it is; returns null when none waits. */
    public synchronized @Nullable T poll() {
        Iterator<Map.Entry<Object, Queue<T>>> turns = waiting.entrySet().iterator();
        if (!turns.hasNext()) {
            return null;
        }
        Map.Entry<Object, Queue<T>> turn = turns.next();
        turns.remove();
        T task = turn.getValue().poll();
        if (!turn.getValue().isEmpty()) {
            waiting.put(turn.getKey(), turn.getValue()); // behind all others
        }
        return task;
    }

    /** Removes a task that is not to run any more, if it waits. */
    public synchronized void remove(Object owner, T task) {
        Queue<T> tasks = waiting.get(owner);
        if (tasks != null && tasks.remove(task) && tasks.isEmpty()) {
            waiting.remove(owner);
        }
    }

    /** Removes the first task of an owner that fits, and returns it; null when none does. */
    synchronized @Nullable T removeIf(Object owner, Predicate<T> fits) {
        Optional<T> found = waiting.getOrDefault(owner, new ArrayDeque<>()).stream()
                .filter(fits)
                .findFirst();
        found.ifPresent(task -> remove(owner, task));
        return found.orElse(null);
    }

    /** Removes all tasks, and returns them. */
    synchronized List<T> drain() {
        List<T> all = new ArrayList<>();
        waiting.values().forEach(all::addAll);
        waiting.clear();
        return all;
    }
}
