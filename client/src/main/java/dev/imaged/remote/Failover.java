package dev.imaged.remote;

import dev.imaged.remote.DaemonConnection.State;
import dev.imaged.remote.Endpoints.Endpoint;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Chooses one of several equal daemons and stays with it until it is lost or says that it does not serve. Then the next one is tried, and
 * soon after that the one after it, and the first that serves is chosen. If none serves, one that at least answers is. Thread-safe.
 */
final class Failover implements AutoCloseable {
    private static final long CLOSE_SECONDS = 5;

    /** How long a thread without work stays. */
    private static final long IDLE_SECONDS = 5;

    private final Endpoints endpoints;
    private final Function<Endpoint, ManagedChannel> connect;
    private final Duration maxSilence;
    private final Duration pause;
    private final ScheduledExecutorService timers = timers();
    private final Executor threads = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> thread("imaged-calls", task));

    /** The daemon in use, or the one that is searched for. */
    private @Nullable CompletableFuture<DaemonConnection> current;

    private @Nullable DaemonSearch search;

    /** The one that was used last, behind which a search starts. */
    private volatile @Nullable Endpoint last;

    /** Until when the failure of the last search stands for all calls. */
    private long failedUntil;

    /** When another daemon was last taken because the one before was ill. */
    private long switchedAt;

    /** Whether a timer will start a search because the daemon in use does not serve. */
    private boolean isSearchDue;

    /** The daemons that are not used any more, and whose calls may still go on. */
    private final Set<DaemonConnection> retired = new HashSet<>();

    private boolean closed;

    /**
     * Makes no connection yet.
     *
     * @param connect makes one
     * @param maxSilence after which a daemon is lost that calls wait for
     * @param pause how long to wait at most before others are looked at again, while the daemon in use does not serve, or none answers
     */
    Failover(Endpoints endpoints, Function<Endpoint, ManagedChannel> connect, Duration maxSilence, Duration pause) {
        if (maxSilence.isZero() || maxSilence.isNegative()) {
            throw new IllegalArgumentException("silence " + maxSilence + " is not greater than zero");
        }
        if (pause.isZero() || pause.isNegative()) {
            throw new IllegalArgumentException("back-off " + pause + " is not greater than zero");
        }
        this.endpoints = endpoints;
        this.connect = connect;
        this.maxSilence = maxSilence;
        this.pause = pause;
        this.switchedAt = System.nanoTime() - pause.toNanos();
    }

    /** Returns the daemon to call; fails with a {@link StatusException} when none answers. It does not block. */
    CompletableFuture<DaemonConnection> current() {
        CompletableFuture<DaemonConnection> known;
        DaemonSearch started = null;
        synchronized (this) {
            known = current;
            if (closed) {
                return CompletableFuture.failedFuture(Status.UNAVAILABLE
                        .withDescription("the image stores are closed")
                        .asException());
            } else if (known == null || (known.isCompletedExceptionally() && System.nanoTime() - failedUntil > 0)) {
                known = new CompletableFuture<>();
                current = known;
                started = new DaemonSearch(this, null, known);
                search = started;
            }
        }
        if (started != null) {
            started.start();
        }
        return known;
    }

    /** One thread, which ends by itself when there is nothing to do: what still waits after the end runs, and nothing has to be closed. */
    private static ScheduledExecutorService timers() {
        ScheduledThreadPoolExecutor made = new ScheduledThreadPoolExecutor(1, task -> thread("imaged-failover", task));
        made.setRemoveOnCancelPolicy(true);
        made.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        made.allowCoreThreadTimeOut(true);
        return made;
    }

    private static Thread thread(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Returns a pause that is not as long as that of others, so that not all clients come at once. */
    private long pauseMillis() {
        return ThreadLocalRandom.current().nextLong(pause.toMillis() / 2, pause.toMillis() + 1);
    }

    /** Looks for another daemon, because this one answers that it is not available. It is used until another one is found. */
    void unavailable(DaemonConnection daemon) {
        synchronized (this) {
            if (System.nanoTime() - switchedAt < pause.toNanos()) {
                return;
            }
        }
        replace(daemon);
    }

    private void replace(DaemonConnection kept) {
        DaemonSearch started;
        synchronized (this) {
            if (closed || search != null || !isCurrent(kept)) {
                return;
            }
            started = new DaemonSearch(this, kept, new CompletableFuture<>());
            search = started;
        }
        started.start();
    }

    private synchronized boolean isCurrent(DaemonConnection daemon) {
        return inUse() == daemon;
    }

    /** Returns the daemon in use; null before one is found, and after it was lost. */
    private synchronized @Nullable DaemonConnection inUse() {
        return current != null && current.isDone() && !current.isCompletedExceptionally() ? current.join() : null;
    }

    /** Hears of the daemon in use, and of others. */
    void changed(DaemonConnection daemon) {
        synchronized (this) {
            if (!isCurrent(daemon)) {
                return;
            }
            if (daemon.state() == State.LOST) {
                current = search == null ? null : search.result(); // which looks for another one already
                retire(daemon);
            }
        }
        replaceIfNotServing(daemon);
    }

    private synchronized void retire(DaemonConnection daemon) {
        retired.removeIf(DaemonConnection::hasEnded);
        retired.add(daemon);
    }

    /** Uses a daemon from now on. */
    void use(DaemonConnection found, DaemonSearch by) {
        DaemonConnection kept = by.kept();
        synchronized (this) {
            search = null;
            last = found.endpoint();
            if (kept != null && isCurrent(kept)) {
                current = by.result();
                switchedAt = System.nanoTime();
                retire(kept);
            }
            if (closed) {
                found.close();
            }
        }
        by.result().complete(found);
        if (kept != null) {
            kept.retire();
        }
        if (found.state() == State.LOST) {
            changed(found); // before it was in use
        } else if (found.state() == State.NOT_SERVING) {
            searchLater();
        }
    }

    void nothingFound(DaemonSearch by, Status why) {
        DaemonConnection kept = by.kept();
        synchronized (this) {
            search = null;
            failedUntil = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMillis());
        }
        by.result().completeExceptionally(why.asException());
        if (kept != null && kept.state() == State.NOT_SERVING) {
            searchLater();
        }
    }

    /** Looks for a daemon that serves after a pause, once however often this is called meanwhile. */
    private void searchLater() {
        synchronized (this) {
            if (isSearchDue || closed) {
                return;
            }
            isSearchDue = true;
        }
        later(pauseMillis(), () -> {
            DaemonConnection kept;
            synchronized (this) {
                isSearchDue = false;
                kept = inUse();
            }
            if (kept != null) {
                replaceIfNotServing(kept);
            }
        });
    }

    private void replaceIfNotServing(DaemonConnection kept) {
        if (kept.state() == State.NOT_SERVING) {
            replace(kept);
        }
    }

    /** Runs a task on the timers' thread, which it must not block. */
    Future<?> later(long millis, Runnable task) {
        return timers.schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    /** Where listeners of calls without an executor of their own are called. They may block. */
    Executor threads() {
        return threads;
    }

    Endpoints endpoints() {
        return endpoints;
    }

    /** Returns the daemon that was used last, behind which a search starts; null before the first. */
    @Nullable
    Endpoint last() {
        return last;
    }

    /** Makes a connection, which is not opened yet. */
    DaemonConnection newConnection(Endpoint endpoint, Consumer<DaemonConnection> listener) {
        return new DaemonConnection(endpoint, connect.apply(endpoint), maxSilence, this::later, listener);
    }

    /** Waits at most {@value #CLOSE_SECONDS} seconds for the calls in flight. */
    @Override
    public void close() {
        List<DaemonConnection> open;
        DaemonSearch running;
        synchronized (this) {
            closed = true;
            running = search;
            open = new ArrayList<>(retired);
            search = null;
            DaemonConnection used = inUse();
            if (used != null) {
                open.add(used);
            }
        }
        if (running != null) {
            running.end();
        }
        try {
            for (DaemonConnection one : open) {
                one.close(CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            open.forEach(DaemonConnection::close);
            Thread.currentThread().interrupt();
        }
    }
}
