package dev.imaged.remote;

import dev.imaged.remote.DaemonConnection.State;
import dev.imaged.remote.Endpoints.Endpoint;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Chooses one of several equal daemons and stays with it until it is lost or says that it does not serve. Then the next one is tried, and
 * soon after that the one after it, and the first that serves is chosen. If none serves, one that at least answers is. Thread-safe.
 */
final class Failover implements AutoCloseable {
    private static final long CLOSE_SECONDS = 5;

    /** How long a thread without work stays. */
    private static final long IDLE_SECONDS = 5;

    /** How long after one daemon the next one is tried, when the first has not answered. */
    private static final long STAGGER_MILLIS = 200;

    /** How long a search goes on for one that serves, when there is one that answers. */
    private static final long PREFERENCE_MILLIS = 1000;

    /** How long a search may take. */
    private static final long SEARCH_MILLIS = 5000;

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

    private @Nullable Search search;

    /** The one that was used last, behind which a search starts. */
    private volatile @Nullable Endpoint last;

    /** Until when the failure of the last search stands for all calls. */
    private long failedUntil;

    /** When another daemon was last taken because the one before was ill. */
    private long switchedAt;

    /** Whether a timer will start a search because the daemon in use does not serve. */
    private boolean isSearchDue;

    /** Those that are left, and whose calls may still go on. */
    private final Set<DaemonConnection> left = new HashSet<>();

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
        Search started = null;
        synchronized (this) {
            known = current;
            if (closed) {
                return CompletableFuture.failedFuture(Status.UNAVAILABLE
                        .withDescription("the image stores are closed")
                        .asException());
            } else if (known == null || (known.isCompletedExceptionally() && System.nanoTime() - failedUntil > 0)) {
                known = new CompletableFuture<>();
                current = known;
                started = new Search(null, known);
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
        Search started;
        synchronized (this) {
            if (closed || search != null || !isCurrent(kept)) {
                return;
            }
            started = new Search(kept, new CompletableFuture<>());
            search = started;
        }
        started.start();
    }

    private synchronized boolean isCurrent(DaemonConnection daemon) {
        return inUse() == daemon;
    }

    /** Returns the daemon in use, or null while there is none. */
    private synchronized @Nullable DaemonConnection inUse() {
        return current != null && current.isDone() && !current.isCompletedExceptionally() ? current.join() : null;
    }

    /** Hears of the daemon in use, and of others. */
    private void changed(DaemonConnection daemon) {
        synchronized (this) {
            if (!isCurrent(daemon)) {
                return;
            }
            if (daemon.state() == State.LOST) {
                current = search == null ? null : search.result; // which looks for another one already
                leave(daemon);
            }
        }
        replaceIfNotServing(daemon);
    }

    private synchronized void leave(DaemonConnection daemon) {
        left.removeIf(DaemonConnection::hasEnded);
        left.add(daemon);
    }

    /** Uses a daemon from now on. */
    private void use(DaemonConnection found, Search by) {
        DaemonConnection kept = by.kept;
        synchronized (this) {
            search = null;
            last = found.endpoint();
            if (kept != null && isCurrent(kept)) {
                current = by.result;
                switchedAt = System.nanoTime();
                leave(kept);
            }
            if (closed) {
                found.close();
            }
        }
        by.result.complete(found);
        if (kept != null) {
            kept.leave();
        }
        if (found.state() == State.LOST) {
            changed(found); // before it was in use
        } else if (found.state() == State.NOT_SERVING) {
            searchLater();
        }
    }

    private void nothingFound(Search by, Status why) {
        DaemonConnection kept = by.kept;
        synchronized (this) {
            search = null;
            failedUntil = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMillis());
        }
        by.result.completeExceptionally(why.asException());
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

    /** Waits at most {@value #CLOSE_SECONDS} seconds for the calls in flight. */
    @Override
    public void close() {
        List<DaemonConnection> open;
        Search running;
        synchronized (this) {
            closed = true;
            running = search;
            open = new ArrayList<>(left);
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

    /** What a search looks for. */
    private enum Phase {
        /** One that serves. */
        BEST,
        /** One that answers. */
        ANY,
        /** Nothing any more. */
        OVER
    }

    /** One search: it opens connections one after the other, until one serves. */
    private final class Search {
        /** The daemon that is used meanwhile, and that stays if no other serves; null for none. */
        private final @Nullable DaemonConnection kept;

        private final CompletableFuture<DaemonConnection> result;
        private final List<DaemonConnection> opened = new ArrayList<>();
        private List<Endpoint> order = List.of();
        private boolean isStarted;
        private boolean isDone;

        Search(@Nullable DaemonConnection kept, CompletableFuture<DaemonConnection> result) {
            this.kept = kept;
            this.result = result;
        }

        void start() {
            try {
                endpoints.resolve().thenAccept(this::connect).exceptionally(bug -> {
                    fail(bug);
                    return null;
                });
            } catch (Throwable bug) { // such as no memory for a thread
                fail(bug);
            }
        }

        private void connect(List<Endpoint> found) {
            synchronized (this) {
                order = ordered(found);
                isStarted = true;
            }
            later(PREFERENCE_MILLIS, () -> decide(Phase.ANY));
            later(SEARCH_MILLIS, () -> decide(Phase.OVER));
            look();
        }

        /** Those behind the one that was used last come first, and that one is the last. */
        private List<Endpoint> ordered(List<Endpoint> found) {
            List<Endpoint> rotated = new ArrayList<>(found);
            if (last != null) {
                Collections.rotate(rotated, -1 - found.indexOf(last));
            }
            if (kept != null) {
                rotated.remove(kept.endpoint());
            }
            return rotated;
        }

        private void changed(DaemonConnection daemon) {
            look();
            Failover.this.changed(daemon);
        }

        /** Opens the next connection if the last one cannot be used, and ends when one serves. */
        private void look() {
            decide(Phase.BEST);
            DaemonConnection next;
            synchronized (this) {
                boolean isWaiting =
                        !opened.isEmpty() && opened.get(opened.size() - 1).state() == State.CONNECTING;
                next = isStarted && !isWaiting ? openNext() : null;
            }
            open(next);
        }

        private @Nullable DaemonConnection openNext() {
            if (isDone || opened.size() == order.size()) {
                return null;
            }
            Endpoint endpoint = order.get(opened.size());
            try {
                DaemonConnection next = new DaemonConnection(
                        endpoint, connect.apply(endpoint), maxSilence, Failover.this::later, this::changed);
                opened.add(next);
                return next;
            } catch (RuntimeException bug) {
                later(0, () -> fail(bug)); // without the lock
                return null;
            }
        }

        private void open(@Nullable DaemonConnection next) {
            if (next != null) {
                later(STAGGER_MILLIS, () -> {
                    DaemonConnection another;
                    synchronized (this) {
                        boolean isLast = opened.get(opened.size() - 1) == next;
                        another = isLast && next.state() == State.CONNECTING ? openNext() : null;
                    }
                    open(another);
                });
                next.open();
            }
        }

        /** Ends the search if it is decided, or late. */
        private void decide(Phase phase) {
            DaemonConnection chosen;
            List<DaemonConnection> others;
            synchronized (this) {
                if (!isStarted || isDone) {
                    return;
                }
                boolean isOver =
                        phase == Phase.OVER || (opened.size() == order.size() && first(State.CONNECTING) == null);
                chosen = first(State.SERVING);
                if (chosen == null && kept == null && (isOver || phase == Phase.ANY)) {
                    chosen = first(State.NOT_SERVING);
                }
                if (chosen == null && !isOver) {
                    return;
                }
                isDone = true;
                others = new ArrayList<>(opened);
                others.remove(chosen);
            }
            Status failure = failure();
            if (chosen != null) {
                use(chosen, this);
            } else {
                nothingFound(this, failure);
            }
            others.forEach(DaemonConnection::close);
        }

        private @Nullable DaemonConnection first(State state) {
            return opened.stream()
                    .filter(one -> one.state() == state)
                    .findFirst()
                    .orElse(null);
        }

        private Status failure() {
            Stream<DaemonConnection> lost = kept == null || kept.loss().isOk() ? Stream.empty() : Stream.of(kept);
            List<String> reasons = Stream.concat(lost, opened.stream())
                    .map(one -> one.loss().isOk()
                            ? ConnectionErrors.text(one.endpoint().address(), "it does not respond")
                            : String.valueOf(one.loss().getDescription()))
                    .distinct()
                    .toList();
            return Status.UNAVAILABLE.withDescription(
                    reasons.isEmpty()
                            ? "no answer from " + endpoints + ": the host name does not resolve"
                            : String.join("; ", reasons));
        }

        /** Ends the search because of a mistake, or for lack of memory. */
        private void fail(Throwable bug) {
            Throwable cause = bug instanceof CompletionException && bug.getCause() != null ? bug.getCause() : bug;
            if (endNow()) {
                nothingFound(
                        this,
                        Status.UNKNOWN
                                .withDescription("the search for a daemon failed: " + cause)
                                .withCause(cause));
            }
        }

        void end() {
            endNow();
            result.completeExceptionally(Status.UNAVAILABLE
                    .withDescription("the image stores are closed")
                    .asException());
        }

        /** Closes all connections; returns false when the search has ended before. */
        private boolean endNow() {
            List<DaemonConnection> all;
            synchronized (this) {
                if (isDone) {
                    return false;
                }
                isDone = true;
                all = List.copyOf(opened);
            }
            all.forEach(DaemonConnection::close);
            return true;
        }
    }
}
