package dev.imaged.remote;

import dev.imaged.remote.DaemonConnection.State;
import dev.imaged.remote.Endpoints.Endpoint;
import io.grpc.Channel;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Chooses one of several equal daemons and stays with it until it is lost or says that it does not serve. Then the next one is tried, and
 * soon after that the one after it, and the first that serves is chosen. If none serves, one that at least answers is. Thread-safe.
 */
final class Failover implements AutoCloseable {
    private static final long CLOSE_SECONDS = 5;

    /** How long a thread without work stays. */
    private static final long IDLE_SECONDS = 5;

    /** How long the only connection still takes calls after another address was found. */
    private static final long LEAVE_MILLIS = 1000;

    private static final CompletableFuture<?> NOTHING = CompletableFuture.completedFuture("");

    private final Endpoints endpoints;
    private final Connector connector;
    private final Duration maxSilence;
    private final Duration pause;
    private final Duration lookAgain;
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

    /** The daemon in use while the addresses of a name may be those of one. */
    private volatile @Nullable DaemonConnection only;

    /** The addresses of the only name; empty until it resolves. */
    private volatile Set<Endpoint> onlyAddresses = Set.of();

    /** When the only name is looked up again. */
    private volatile long lookUpAt;

    /** Whether one of several was ever used. */
    private volatile boolean hasSeveral;

    private final AtomicBoolean isLookingUp = new AtomicBoolean();

    /** Until when the failure of the last search stands for all calls. */
    private long failedUntil;

    /** When the last search for another daemon ended while one was in use, with another one or without. */
    private long searchedAt;

    /** Whether a timer will start a search because the daemon in use does not serve. */
    private boolean isSearchDue;

    /** The daemons that are not used any more, and whose calls may still go on. */
    private final Set<DaemonConnection> retired = new HashSet<>();

    private boolean closed;

    /** Makes connections. */
    interface Connector {
        /**
         * Makes a connection that has sent nothing yet.
         *
         * @param isOnly whether there is no other daemon: then the connection has to connect again by itself
         */
        ManagedChannel connect(Endpoint endpoint, boolean isOnly);
    }

    /**
     * Makes no connection yet.
     *
     * @param maxSilence after which a daemon is lost that calls wait for
     * @param pause how long to wait at most before others are looked at again, while the daemon in use does not serve, or none answers
     * @param lookAgain how long a name whose addresses may be those of one daemon is taken to have no other
     */
    Failover(Endpoints endpoints, Connector connector, Duration maxSilence, Duration pause, Duration lookAgain) {
        if (maxSilence.isZero() || maxSilence.isNegative()) {
            throw new IllegalArgumentException("silence " + maxSilence + " is not greater than zero");
        }
        if (pause.isZero() || pause.isNegative()) {
            throw new IllegalArgumentException("back-off " + pause + " is not greater than zero");
        }
        this.endpoints = endpoints;
        this.connector = connector;
        this.maxSilence = maxSilence;
        this.pause = pause;
        this.lookAgain = lookAgain;
        this.searchedAt = System.nanoTime() - pause.toNanos();
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

    /**
     * Looks for another daemon, because this one answers that it is not available. It is used until another one is found. Returns the end
     * of the search, with a daemon or not. The future is already complete if no search runs.
     */
    CompletableFuture<?> unavailable(DaemonConnection daemon) {
        synchronized (this) {
            if (System.nanoTime() - searchedAt < pause.toNanos()) {
                return NOTHING;
            }
        }
        return replace(daemon);
    }

    private CompletableFuture<?> replace(DaemonConnection kept) {
        DaemonSearch started;
        synchronized (this) {
            if (closed || !isCurrent(kept)) {
                return NOTHING;
            } else if (search != null) {
                return search.result();
            }
            started = new DaemonSearch(this, kept, new CompletableFuture<>());
            search = started;
        }
        started.start();
        return started.result();
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
        boolean isTooLate;
        synchronized (this) {
            search = null;
            last = found.endpoint();
            only = found.isOnly() && !closed ? found : null;
            hasSeveral |= !found.isOnly();
            lookedUp(by.found());
            if (kept != null && isCurrent(kept)) {
                current = by.result();
                searchedAt = System.nanoTime();
                retire(kept);
            }
            isTooLate = closed;
        }
        if (isTooLate) {
            found.close();
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
            searchedAt = kept == null ? searchedAt : System.nanoTime();
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
    DaemonConnection newConnection(Endpoint endpoint, boolean isOnly, Consumer<DaemonConnection> listener) {
        return new DaemonConnection(
                endpoint, connector.connect(endpoint, isOnly), isOnly ? null : maxSilence, this::later, listener);
    }

    /** Whether all calls are for one daemon, which is the case for a name whose addresses were never those of several. */
    boolean isOnly(List<Endpoint> found) {
        return endpoints.isOnly(found) && !hasSeveral;
    }

    /** Returns where calls to the only daemon are made; null if there may be several, or nothing is known yet. */
    @Nullable
    Channel only() {
        DaemonConnection daemon = only;
        if (daemon == null) {
            return null;
        }
        if (System.nanoTime() - lookUpAt > 0 && isLookingUp.compareAndSet(false, true)) {
            endpoints.resolve().whenComplete((found, error) -> {
                Set<Endpoint> before = onlyAddresses;
                lookedUp(error == null ? found : List.of());
                isLookingUp.set(false);
                boolean isElsewhere = !before.isEmpty() && !before.equals(onlyAddresses);
                if (isElsewhere || !endpoints.isOnly(onlyAddresses)) {
                    leaveOnly(daemon);
                }
            });
        }
        return daemon.channel();
    }

    /** Notes the addresses of the only name. One that does not resolve is looked up again soon. */
    private void lookedUp(List<Endpoint> found) {
        if (!found.isEmpty()) {
            onlyAddresses = Set.copyOf(found);
        }
        lookUpAt = System.nanoTime() + (found.isEmpty() ? pause : lookAgain).toNanos();
    }

    /** Has the next call choose a daemon again, or connect anew. Calls that have just been made still start at the one of before. */
    private void leaveOnly(DaemonConnection daemon) {
        synchronized (this) {
            if (closed || only != daemon) {
                return;
            }
            only = null;
            current = null;
            retire(daemon);
        }
        later(LEAVE_MILLIS, daemon::retire);
    }

    /** Waits at most {@value #CLOSE_SECONDS} seconds for the calls in flight. */
    @Override
    public void close() {
        List<DaemonConnection> open;
        DaemonSearch running;
        CompletableFuture<DaemonConnection> found;
        synchronized (this) {
            closed = true;
            only = null;
            running = search;
            found = current;
            open = new ArrayList<>(retired);
            search = null;
            DaemonConnection used = inUse();
            if (used != null) {
                open.add(used);
                found = null;
            }
        }
        if (found != null) {
            found.thenAccept(DaemonConnection::close); // which a search found just now
        }
        if (running != null) {
            running.end();
        }
        open.forEach(DaemonConnection::shutDown);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
        try {
            for (DaemonConnection one : open) {
                one.awaitEnd(Math.max(0, end - System.nanoTime()));
            }
        } catch (InterruptedException e) {
            open.forEach(DaemonConnection::close);
            Thread.currentThread().interrupt();
        }
    }
}
