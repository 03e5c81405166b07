package dev.imaged.remote;

import dev.imaged.remote.DaemonConnection.State;
import dev.imaged.remote.Endpoints.Endpoint;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One search of a {@link Failover}: it opens connections one after the other, until one serves. If none does, one that at least answers is
 * found. Thread-safe.
 */
final class DaemonSearch {
    /** How long after one daemon the next one is tried, when the first has not answered. */
    private static final long STAGGER_MILLIS = 200;

    /** How long a search goes on for one that serves, when there is one that answers. */
    private static final long PREFERENCE_MILLIS = 1000;

    /** How long a search may take. */
    private static final long SEARCH_MILLIS = 5000;

    private final Failover failover;

    /** It stays if no other serves. */
    private final @Nullable DaemonConnection kept;

    private final CompletableFuture<DaemonConnection> result;
    private final List<DaemonConnection> opened = new ArrayList<>();
    private List<Endpoint> found = List.of();
    private List<Endpoint> order = List.of();
    private final List<Future<?>> timers = new ArrayList<>();
    private boolean isOnly;
    private boolean isStarted;
    private boolean isDone;

    /** What a search looks for. */
    private enum Phase {
        /** One that serves. */
        BEST,
        /** One that answers. */
        ANY,
        /** Nothing any more. */
        OVER
    }

    /**
     * Makes a search that has not started.
     *
     * @param kept the daemon that is used meanwhile; null for none
     * @param result completes with the daemon that is found
     */
    DaemonSearch(Failover failover, @Nullable DaemonConnection kept, CompletableFuture<DaemonConnection> result) {
        this.failover = failover;
        this.kept = kept;
        this.result = result;
    }

    /** Returns the daemon that is used meanwhile; null for none. */
    @Nullable
    DaemonConnection kept() {
        return kept;
    }

    /** Returns the daemon that is found; it fails when none is. */
    CompletableFuture<DaemonConnection> result() {
        return result;
    }

    void start() {
        try {
            failover.endpoints().resolve().thenAccept(this::connect).exceptionally(bug -> {
                fail(bug);
                return null;
            });
        } catch (Throwable bug) { // such as no memory for a thread
            fail(bug);
        }
    }

    /** Returns all that the addresses stand for; empty before they are looked up. */
    synchronized List<Endpoint> found() {
        return found;
    }

    private void connect(List<Endpoint> addresses) {
        synchronized (this) {
            found = addresses;
            isOnly = failover.isOnly(found);
            order = isOnly ? List.of(failover.endpoints().only()) : ordered(found);
            isStarted = true;
            if (!isDone) {
                timers.add(failover.later(PREFERENCE_MILLIS, () -> decide(Phase.ANY)));
                timers.add(failover.later(SEARCH_MILLIS, () -> decide(Phase.OVER)));
            }
        }
        look();
    }

    /** Those behind the one that was used last come first, and that one is the last. */
    private List<Endpoint> ordered(List<Endpoint> found) {
        List<Endpoint> rotated = new ArrayList<>(found);
        Endpoint last = failover.last();
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
        failover.changed(daemon);
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
            DaemonConnection next = failover.newConnection(endpoint, isOnly, this::changed);
            opened.add(next);
            return next;
        } catch (RuntimeException bug) {
            failover.later(0, () -> fail(bug)); // without the lock
            return null;
        }
    }

    private void open(@Nullable DaemonConnection next) {
        if (next != null) {
            failover.later(STAGGER_MILLIS, () -> {
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
            boolean isOver = phase == Phase.OVER || (opened.size() == order.size() && first(State.CONNECTING) == null);
            chosen = first(State.SERVING);
            boolean isKept = kept != null && kept.state() != State.LOST;
            if (chosen == null && !isKept && (isOver || phase == Phase.ANY)) {
                chosen = first(State.NOT_SERVING);
            }
            if (chosen == null && !isOver) {
                return;
            }
            isDone = true;
            timers.forEach(timer -> timer.cancel(false));
            others = new ArrayList<>(opened);
            others.remove(chosen);
        }
        Status failure = failure();
        if (chosen != null) {
            failover.use(chosen, this);
        } else {
            failover.nothingFound(this, failure);
        }
        others.forEach(DaemonConnection::close);
    }

    private @Nullable DaemonConnection first(State state) {
        return opened.stream().filter(one -> one.state() == state).findFirst().orElse(null);
    }

    private Status failure() {
        Stream<DaemonConnection> lost = kept == null || kept.loss().isOk() ? Stream.empty() : Stream.of(kept);
        Stream<String> reasons = Stream.concat(lost, opened.stream())
                .map(one -> one.loss().isOk()
                        ? ConnectionErrors.text(one.endpoint().toString(), "it does not respond")
                        : String.valueOf(one.loss().getDescription()));
        Stream<String> unresolved = failover.endpoints().unresolved().stream()
                .map(name -> ConnectionErrors.text(name.toString(), "the host name does not resolve"));
        String all = Stream.concat(reasons, unresolved).distinct().collect(Collectors.joining("; "));
        return Status.UNAVAILABLE.withDescription(
                all.isEmpty() ? ConnectionErrors.text(failover.endpoints().toString(), "it does not respond") : all);
    }

    /** Ends the search because of a mistake, or for lack of memory. */
    private void fail(Throwable bug) {
        Throwable cause = bug instanceof CompletionException && bug.getCause() != null ? bug.getCause() : bug;
        if (endNow()) {
            failover.nothingFound(
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
            timers.forEach(timer -> timer.cancel(false));
            all = List.copyOf(opened);
        }
        all.forEach(DaemonConnection::close);
        return true;
    }
}
