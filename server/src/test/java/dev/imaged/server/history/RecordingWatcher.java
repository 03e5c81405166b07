package dev.imaged.server.history;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Position;
import dev.imaged.images.Watch;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.remote.RemoteImageStores;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Watches, records all events, and at random ends the watch and starts another behind the last position, or with a snapshot. When the
 * daemon is killed, the watch itself goes on with the next. One thread runs it, others may ask what it knows.
 */
final class RecordingWatcher implements Runnable {
    private static final int MOST_EVENTS = 16;

    private final String name;
    private final WatchOptions options;
    private final RemoteImageStores stores;
    private final Random random;
    private final boolean restartsWithSnapshot;

    private final List<WatchSession> sessions = new ArrayList<>();
    private List<WatchEvent> events = new ArrayList<>();
    private WatchOptions sessionOptions;
    private @Nullable Watch watch;
    private boolean stopped;
    private int connections;

    /** @param options how it watches first; with a snapshot, it starts with one each time */
    RecordingWatcher(String name, WatchOptions options, RemoteImageStores stores, long seed) {
        this.name = name;
        this.options = options;
        this.stores = stores;
        this.random = new Random(seed);
        this.restartsWithSnapshot = options.snapshot();
        this.sessionOptions = options;
    }

    @Override
    public void run() {
        WatchOptions next = options;
        while (!isStopped()) {
            try (Watch opened = open(next)) {
                follow(opened, 1 + random.nextInt(MOST_EVENTS));
            } catch (ImageException.Unavailable e) {
                pause(); // The daemon was killed before the first event: the next watch finds the next daemon.
            }
            next = next();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(100);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Watch open(WatchOptions next) {
        Watch opened = stores.changes().orElseThrow().watch(next);
        synchronized (this) {
            begin(next);
            watch = opened;
            if (stopped) {
                opened.close();
            }
        }
        return opened;
    }

    private void follow(Watch opened, int count) {
        for (int i = 0; i < count && opened.hasNext(); i++) {
            WatchEvent event = opened.next();
            synchronized (this) {
                events.add(event);
                connections += i == 0 ? 1 : 0;
            }
        }
    }

    private synchronized WatchOptions next() {
        Position last = position();
        boolean hasSnapshot = restartsWithSnapshot && (last == null || random.nextBoolean());
        return hasSnapshot ? options.withSnapshot() : last == null ? sessionOptions : options.after(last);
    }

    /** Starts to record a session. Called with the lock. */
    private void begin(WatchOptions next) {
        events = new ArrayList<>();
        sessionOptions = next;
        sessions.add(new WatchSession(next, events));
    }

    /** Returns the position behind the last event; where the watch starts before the first; null when there is none. */
    private synchronized @Nullable Position position() {
        return events.isEmpty()
                ? sessionOptions.after()
                : events.get(events.size() - 1).position();
    }

    /**
     * Returns what was told since the last time, if that is all up to a revision, otherwise null. What follows counts as a session
     * behind it.
     */
    synchronized @Nullable List<WatchSession> takeSessions(long revision) {
        Position position = position();
        if (position == null || position.revision() < revision) {
            return null;
        }
        List<WatchSession> taken = List.copyOf(sessions);
        sessions.clear();
        begin(options.after(position));
        return taken;
    }

    /** Returns how many watches told something. */
    synchronized int connections() {
        return connections;
    }

    String name() {
        return name;
    }

    /** Returns the namespaces that it watches, null for all. */
    @Nullable
    List<String> namespaces() {
        return options.namespaces();
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    synchronized void stop() {
        stopped = true;
        Watch current = watch;
        if (current != null) {
            current.close();
        }
    }
}
