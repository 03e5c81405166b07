package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import dev.imaged.server.store.kv.StorageErrors;
import dev.imaged.server.store.write.ImageWriter;
import dev.imaged.server.store.write.WriteLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Takes writes, as many as the limits allow, and sees to it that each has an answer in time. A {@link Proposer} does the rest.
 * Thread-safe.
 */
final class EtcdWriter implements ImageWriter, AutoCloseable {
    /** How long a write may take: longer than the election of a leader, with a lost answer before. */
    static final Duration MAX_WRITE = Duration.ofSeconds(8);

    /** Longer than a step takes: none waits for anything. */
    private static final Duration MAX_STEP = Duration.ofSeconds(5);

    /** How long the end of the daemon waits for etcd. */
    private static final Duration MAX_GIVING_BACK = Duration.ofSeconds(1);

    private static final long LOOK_MILLIS = 100;

    private final WriteLimits limits;
    private final ScheduledThreadPoolExecutor executor;
    private final Proposer proposer;

    /** In the order in which they came, which is that of the ends of their times. Guarded by itself, as the bytes are. */
    private final Set<PendingWrite<?>> pending = new LinkedHashSet<>();

    private long pendingBytes;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    /**
     * Makes a writer.
     *
     * @param executor of one thread, which the writer ends
     */
    EtcdWriter(WriteLimits limits, ScheduledThreadPoolExecutor executor, Proposer proposer) {
        this.limits = limits;
        this.executor = executor;
        this.proposer = proposer;
        executor.scheduleWithFixedDelay(this::answerLate, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Returns an executor for a writer and its proposer. */
    static ScheduledThreadPoolExecutor executor() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "proposer");
            thread.setDaemon(true);
            return thread;
        });
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return executor;
    }

    @Override
    public <T> CompletableFuture<T> submit(long bytes, Mutation<T> mutation) {
        PendingWrite<T> write = new PendingWrite<>(bytes, mutation, this::ended);
        synchronized (pending) {
            if (pending.size() >= limits.maxPending()) {
                return exhausted(limits.maxPending() + " writes wait already");
            } else if (pendingBytes + bytes > limits.maxPendingBytes() && !pending.isEmpty()) {
                return exhausted("writes of " + limits.maxPendingBytes() + " bytes wait already");
            }
            pending.add(write);
            pendingBytes += bytes;
        }
        try {
            proposer.take(write);
        } catch (RejectedExecutionException e) {
            write.fail(StorageErrors.unavailable(null));
        }
        return write.future;
    }

    @Override
    public <T> CompletableFuture<T> submitRemoval(long bytes, Mutation<T> mutation) {
        return submit(bytes, mutation);
    }

    private static <T> CompletableFuture<T> exhausted(String why) {
        return CompletableFuture.failedFuture(
                ImageException.ResourceExhausted.tooBusy(why + ": try again later", null));
    }

    private void ended(PendingWrite<?> write) {
        synchronized (pending) {
            pending.remove(write);
            pendingBytes -= write.bytes;
        }
    }

    /** Answers the writes whose time is up. Whether their transactions were carried out is found out all the same. */
    private void answerLate() {
        long latest = System.nanoTime() - MAX_WRITE.toNanos();
        List<PendingWrite<?>> late = new ArrayList<>();
        synchronized (pending) {
            for (PendingWrite<?> write : pending) {
                if (write.arrivedNanos - latest > 0) {
                    break;
                }
                late.add(write);
            }
        }
        late.forEach(write -> write.cutShort(WriteErrors::late));
    }

    /** Fails the writes that wait. Each error says whether the write may be stored. */
    @Override
    public void close() {
        executor.shutdown();
        awaitStep();
        List<PendingWrite<?>> left;
        synchronized (pending) {
            left = new ArrayList<>(pending);
        }
        left.forEach(write -> write.cutShort(WriteErrors::stopping));
        if (isClosed.compareAndSet(false, true)) {
            proposer.close()
                    .orTimeout(MAX_GIVING_BACK.toMillis(), TimeUnit.MILLISECONDS)
                    .exceptionally(error -> null) // its lease ends what is not given back
                    .join();
        }
    }

    /** Waits for the end of the step that runs, after which no write is sent any more: those that wait are as far as they say. */
    private void awaitStep() {
        boolean interrupted = false;
        long end = System.nanoTime() + MAX_STEP.toNanos();
        while (!executor.isTerminated() && System.nanoTime() < end) {
            try {
                executor.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
