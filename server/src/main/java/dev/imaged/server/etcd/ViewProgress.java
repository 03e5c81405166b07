package dev.imaged.server.etcd;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;

/** The revision up to which the view has everything, and the waiters for later ones. Thread-safe. */
final class ViewProgress implements AutoCloseable {
    private final PriorityQueue<Waiter> waiting = new PriorityQueue<>();
    private long applied;
    private boolean closed;

    private record Waiter(long revision, CompletableFuture<Void> future) implements Comparable<Waiter> {
        @Override
        public int compareTo(Waiter other) {
            return Long.compare(revision, other.revision);
        }
    }

    /** @param applied the revision at the start */
    ViewProgress(long applied) {
        this.applied = applied;
    }

    /** Says that the view has all up to a revision, and completes the waiters for that. */
    void applied(long revision) {
        List<CompletableFuture<Void>> reached = new ArrayList<>();
        synchronized (this) {
            applied = Math.max(applied, revision);
            while (!waiting.isEmpty() && waiting.element().revision() <= applied) {
                reached.add(waiting.remove().future());
            }
        }
        reached.forEach(future -> future.complete(null));
    }

    private synchronized void forget(Waiter waiter) {
        waiting.remove(waiter);
    }

    /** Returns how many futures are not complete yet. */
    synchronized int waiters() {
        return waiting.size();
    }

    synchronized long applied() {
        return applied;
    }

    /**
     * Returns a future that completes once the view has a revision, on the thread of the caller or on that which brings the revision: what
     * depends on it must not block. It fails with Unavailable when the view is closed before.
     */
    CompletableFuture<Void> reached(long revision) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        Waiter waiter = new Waiter(revision, future);
        boolean isReached;
        synchronized (this) {
            isReached = revision <= applied;
            if (!isReached && !closed) {
                waiting.add(waiter);
                future.whenComplete((reached, late) -> {
                    if (late != null) {
                        forget(waiter);
                    }
                });
                return future; // itself, so that a caller who does not wait any longer ends it, and it is forgotten
            }
        }
        if (isReached) {
            future.complete(null);
        } else {
            future.completeExceptionally(closing());
        }
        return future;
    }

    private static Throwable closing() {
        return EtcdErrors.unavailable(
                "this daemon stops, or reads all images from etcd: try again later, or another daemon", null);
    }

    /** Fails the waiters. */
    @Override
    public void close() {
        List<Waiter> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(waiting);
            waiting.clear();
        }
        left.forEach(waiter -> waiter.future().completeExceptionally(closing()));
    }
}
