package dev.imaged.server.etcd;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** The revision up to which the view has everything, and what waits for later ones. Thread-safe. */
final class ViewProgress {
    private final Executor answers;
    private final PriorityQueue<Waiter> waiting = new PriorityQueue<>();
    private long applied;

    private record Waiter(long revision, CompletableFuture<Void> future) implements Comparable<Waiter> {
        @Override
        public int compareTo(Waiter other) {
            return Long.compare(revision, other.revision);
        }
    }

    /** @param answers runs what waits */
    ViewProgress(Executor answers) {
        this.answers = answers;
    }

    /** Says that the view has all up to a revision. It does not block. */
    void applied(long revision) {
        List<CompletableFuture<Void>> reached = new ArrayList<>();
        synchronized (this) {
            applied = Math.max(applied, revision);
            while (!waiting.isEmpty() && waiting.element().revision() <= applied) {
                reached.add(waiting.remove().future());
            }
        }
        reached.forEach(future -> answers.execute(() -> future.complete(null)));
    }

    private synchronized void forget(Waiter waiter) {
        waiting.remove(waiter);
    }

    synchronized long applied() {
        return applied;
    }

    /** Returns a future that completes once the view has a revision: on the thread of the caller, or on one of those that answer. */
    CompletableFuture<Void> reached(long revision) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        Waiter waiter = new Waiter(revision, future);
        synchronized (this) {
            if (revision > applied) {
                waiting.add(waiter);
                return future.whenComplete((reached, late) -> forget(waiter));
            }
        }
        future.complete(null);
        return future;
    }
}
