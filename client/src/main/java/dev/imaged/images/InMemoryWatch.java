package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.filters.Filters;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A watch of what is in memory: it reads the log under the lock of the stores, which notify it of each. */
final class InMemoryWatch implements Watch {
    private final Object lock;
    private final InMemoryState state;
    private final BooleanSupplier storesAreClosed;
    private final WatchOptions options;
    private final Filters filters;
    private final Deque<WatchEvent> ready = new ArrayDeque<>();

    /** The revision up to which changes were looked at. */
    private long seen;

    /** Whether a change behind {@link #seen} was dropped that was to be told. */
    private boolean lost;

    private final Consumer<Change> dropListener = this::dropped;

    private long lastEvent = System.nanoTime();
    private @Nullable Position position;
    private boolean closed;

    /** @param lock guards all that is in memory; the caller holds it */
    InMemoryWatch(Object lock, InMemoryState state, BooleanSupplier storesAreClosed, WatchOptions options) {
        this.lock = lock;
        this.state = state;
        this.storesAreClosed = storesAreClosed;
        this.options = options;
        this.filters = Filters.parse(options.filters());
        if (options.namespaces() != null) {
            options.namespaces().forEach(ImageValidator::requireNamespace);
        }
        start();
        state.dropListeners.add(dropListener);
    }

    private void start() {
        Position after = options.after();
        seen = state.revision();
        if (options.snapshot()) {
            snapshot();
        } else if (after != null) {
            if (isKept(after)) {
                seen = after.revision();
                collect();
            }
            if (ready.isEmpty()) {
                ready.add(new WatchEvent.Progress(at(seen)));
            }
        } else {
            ready.add(new WatchEvent.Progress(at(seen)));
        }
    }

    /** Returns whether a position is kept; if not, the watch has a snapshot instead, or this throws. */
    private boolean isKept(Position after) {
        try {
            PageRules.requireSameStore(after, state.store);
            PageRules.requireKept(after.revision(), at(state.oldest()), at(state.revision()));
            return true;
        } catch (OutOfRange e) {
            if (!options.restarts()) {
                throw e;
            }
            snapshot();
            return false;
        }
    }

    private Position at(long revision) {
        return new Position(state.store, revision);
    }

    private void snapshot() {
        List<VersionedImage> images = new ArrayList<>();
        for (String namespace : state.namespaces()) {
            if (follows(namespace)) {
                state.images(namespace).values().stream()
                        .filter(found -> filters.matches(found.image()))
                        .forEach(images::add);
            }
        }
        ready.add(new WatchEvent.Snapshot(images, true));
        ready.add(new WatchEvent.Synced(at(seen)));
    }

    private boolean follows(String namespace) {
        List<String> namespaces = options.namespaces();
        return namespaces == null || namespaces.contains(namespace);
    }

    /** Looks at the changes that were made since. */
    private void collect() {
        if (lost) {
            restart();
            return;
        }
        List<WatchedChange> changes = new ArrayList<>();
        for (Change change : state.changesAfter(seen)) {
            WatchedChange.Match match = match(change);
            if (match != null) {
                changes.add(new WatchedChange(options.before() ? change : withoutBefore(change), match));
            }
        }
        seen = state.revision();
        if (!changes.isEmpty()) {
            ready.add(new WatchEvent.Changed(changes, at(seen)));
        }
    }

    private WatchedChange.@Nullable Match match(Change change) {
        return follows(change.namespace()) ? WatchedChange.match(change, filters) : null;
    }

    private void dropped(Change change) {
        lost |= change.revision() > seen && match(change) != null;
    }

    /** Starts again because a change that was to be told is not kept any more. */
    private void restart() {
        if (!options.restarts()) {
            throw PageRules.dropped("revision " + seen, at(state.oldest()));
        }
        lost = false;
        seen = state.revision();
        snapshot();
    }

    private static Change withoutBefore(Change change) {
        if (change instanceof Change.Updated updated) {
            return new Change.Updated(
                    updated.commit(), updated.name(), updated.previousRevision(), null, updated.after());
        } else if (change instanceof Change.Deleted deleted) {
            return new Change.Deleted(deleted.commit(), deleted.name(), deleted.previousRevision(), null);
        }
        return change;
    }

    @Override
    public boolean hasNext() {
        synchronized (lock) {
            while (ready.isEmpty() && !closed) {
                if (storesAreClosed.getAsBoolean()) {
                    throw new ImageException.Unavailable("the image stores are closed", null);
                }
                collect();
                if (ready.isEmpty()) {
                    await();
                }
            }
            return !closed;
        }
    }

    /** Waits for a change; after the progress interval there is an event of none. */
    private void await() {
        long left = options.effectiveInterval().toNanos() - (System.nanoTime() - lastEvent);
        if (left <= 0) {
            ready.add(new WatchEvent.Progress(at(seen)));
            return;
        }
        try {
            TimeUnit.NANOSECONDS.timedWait(lock, left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException.Cancelled("interrupted while waiting for a change", e);
        }
    }

    @Override
    public WatchEvent next() {
        synchronized (lock) {
            if (!hasNext()) {
                throw new NoSuchElementException("the watch is closed");
            }
            WatchEvent event = ready.remove();
            lastEvent = System.nanoTime();
            position = event.position();
            return event;
        }
    }

    @Override
    public @Nullable Position position() {
        synchronized (lock) {
            return position;
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            state.dropListeners.remove(dropListener);
            lock.notifyAll();
        }
    }
}
