package dev.imaged.server.grpc;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.server.admission.TurnQueue;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All watches of a daemon, with the few threads that serve them, and the clock that tells them of time. Thread-safe. */
public final class WatchStreams implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WatchStreams.class);

    /** How many watches there may be at once. */
    public static final int MAX_WATCHES = 20_000;

    private static final int THREADS = 2;

    /** How often each watch is told of the time. */
    static final Duration TICK = Duration.ofMillis(200);

    private final int maxWatches;
    private final Set<WatchStream> streams = ConcurrentHashMap.newKeySet();
    private final AtomicInteger count = new AtomicInteger();
    private final TurnQueue<WatchStream> waiting = new TurnQueue<>();
    private final ThreadPoolExecutor executor;
    private final ScheduledThreadPoolExecutor timer;
    private volatile boolean closed;

    /** Makes the threads, which start when they are needed. */
    public WatchStreams() {
        this(MAX_WATCHES);
    }

    /** @param maxWatches how many watches there may be at once */
    public WatchStreams(int maxWatches) {
        this.maxWatches = maxWatches;
        this.executor = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                1,
                TimeUnit.MINUTES,
                new LinkedBlockingQueue<>(), // a watch waits in it at most once, and once more to be released
                task -> daemonThread(task, "watch"));
        executor.allowCoreThreadTimeOut(true);
        this.timer = new ScheduledThreadPoolExecutor(1, task -> daemonThread(task, "watch-timer"));
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        timer.scheduleWithFixedDelay(this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static Thread daemonThread(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Takes a watch, until it {@linkplain #remove ends}.
     *
     * @throws ResourceExhausted when there are too many
     * @throws Unavailable when the daemon stops
     */
    void add(WatchStream stream) {
        if (count.incrementAndGet() > maxWatches) {
            count.decrementAndGet();
            throw WatchStream.tooMany("there are " + maxWatches + " watches already: try again later");
        }
        streams.add(stream);
        if (closed) {
            remove(stream);
            throw reconnect();
        }
    }

    void remove(WatchStream stream) {
        if (streams.remove(stream)) {
            count.decrementAndGet();
        }
    }

    /** Runs a watch soon: connections take turns. */
    void execute(WatchStream watch) {
        waiting.add(watch.owner(), watch);
        try {
            executor.execute(this::runNext);
        } catch (RejectedExecutionException e) {
            waiting.remove(watch.owner(), watch);
            log.debug("the daemon stops: a watch is not served any more", e);
        }
    }

    private void runNext() {
        WatchStream next = waiting.poll();
        if (next != null) {
            next.run();
        }
    }

    /** Runs a step later, which must not block. */
    void later(Runnable step, Duration delay) {
        try {
            timer.schedule(step, delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("the daemon stops: a watch is not served any more", e);
        }
    }

    private void tick() {
        try {
            long now = System.nanoTime();
            streams.forEach(stream -> stream.tick(now));
        } catch (RuntimeException | Error e) { // which would end the clock
            log.error("telling the watches of the time failed; it is tried again", e);
        }
    }

    private static ImageException reconnect() {
        return new Unavailable("the daemon stops: watch again from the last position", null)
                .withReason("RECONNECT", Map.of());
    }

    /** Ends all watches, and takes no more. */
    @Override
    public void close() {
        closed = true;
        timer.shutdown();
        streams.forEach(stream -> stream.fail(reconnect()));
        executor.shutdown();
    }
}
