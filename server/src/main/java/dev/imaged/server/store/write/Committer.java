package dev.imaged.server.store.write;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.server.engine.ImageEngine.ServingListener;
import dev.imaged.server.store.cache.StoreCaches;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.StorageErrors;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.record.Revisions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes: it takes all mutations that wait, makes them durable in one transaction with one fsync,
 * and then answers them in that order. The thread is never interrupted: a commit would then skip its fsync.
 *
 * <p>A mutation that fails leaves nothing behind and does not disturb the others. When the disk fails, all that wait fail, and
 * so does what comes, without a look at the disk, until the thread has found that it works again. When the disk is full,
 * deletes are still taken.
 */
public final class Committer implements ImageWriter, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Committer.class);

    /** Deep enough to save a tree in which every name is a prefix of the next, which Xodus does recursively. */
    public static final long STACK_BYTES = 256L * 1024 * 1024;

    private static final int MAX_BATCH = 1024;

    /** A batch of fewer also takes what comes while it is applied. */
    private static final int FEW = 32;

    /** A transaction holds several times what it writes in memory. */
    private static final long MAX_BATCH_BYTES = 4L * 1024 * 1024;

    /** How long nothing is tried after a failure that comes soon after another, and how often the disk is looked at. */
    private static final Duration PROBE_PERIOD = Duration.ofSeconds(1);

    /** A failure that comes later than this after the one before is tried again at once. */
    private static final Duration SOON = Duration.ofSeconds(5);

    private final Database database;
    private final StoreCaches caches;
    private final CommitClock clock;
    private final Clock wallClock;
    private final Retention retention;
    private final WriteLimits limits;
    private final BlockingQueue<Pending<?>> queue;
    private final AtomicLong pendingBytes = new AtomicLong();
    private final List<ServingListener> listeners = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private CommitListener commits = CommitListener.NONE;
    private ActivityMeter meter = new ActivityMeter(System.nanoTime());
    private boolean prunable = true;
    private boolean isPruning;
    private long batchStart;

    /** How many changes were kept after the last pruning. */
    private long keptAfterPruning;

    private long lookedAt = System.nanoTime();
    private long failedAt = System.nanoTime() - SOON.toNanos();

    /** What writes are answered while the disk does not take them; null while it does. */
    private volatile @Nullable ImageException refusal;

    /** Whether the disk works, and is full. */
    private volatile boolean full;

    private volatile boolean closing;

    /** A commit that another store made. It may run more than once, and must throw before it writes or not at all. */
    public interface Replica {
        void apply(BatchTransaction transaction);
    }

    private static final class Pending<T> {
        final long bytes;
        final Function<BatchTransaction, @Nullable T> mutation;
        final CompletableFuture<T> future = new CompletableFuture<>();
        private @Nullable T result;
        private @Nullable ImageException error;

        Pending(long bytes, Function<BatchTransaction, @Nullable T> mutation) {
            this.bytes = bytes;
            this.mutation = mutation;
        }

        void apply(BatchTransaction transaction) {
            int writes = transaction.writes();
            error = null;
            try {
                result = mutation.apply(transaction);
            } catch (ImageException e) {
                if (transaction.writes() != writes) {
                    throw new IllegalStateException("a mutation failed after it wrote", e);
                }
                if (e instanceof ImageException.DataLoss) {
                    log.error("a write meets what cannot be read", e);
                }
                error = e instanceof ImageException.Unavailable ? StorageErrors.notStored(e) : e;
            }
        }

        void answer() {
            if (error != null) {
                future.completeExceptionally(error);
            } else {
                future.complete(result);
            }
        }
    }

    public Committer(
            Database database,
            StoreCaches caches,
            Clock wallClock,
            Instant last,
            Retention retention,
            WriteLimits limits) {
        this.database = database;
        this.caches = caches;
        this.wallClock = wallClock;
        this.clock = new CommitClock(wallClock, last);
        this.retention = retention;
        this.limits = limits;
        this.queue = new LinkedBlockingQueue<>(limits.maxPending());
        this.thread = new Thread(null, this::run, "committer", STACK_BYTES);
        thread.setDaemon(true);
    }

    /** Sets who hears of commits; to be called before {@link #start}. */
    public void onCommit(CommitListener listener) {
        commits = listener;
    }

    public void start() {
        thread.start();
    }

    public void onServing(ServingListener listener) {
        listeners.add(listener);
        listener.servingChanged(refusal == null);
    }

    @Override
    public <T> CompletableFuture<T> submit(long bytes, Mutation<T> mutation) {
        return submit(bytes, mutation::apply, false);
    }

    @Override
    public <T> CompletableFuture<T> submitRemoval(long bytes, Mutation<T> mutation) {
        return submit(bytes, mutation::apply, true);
    }

    /** Queues a commit that another store made, as {@link #submit}; the future has the revision of the store behind it. */
    public CompletableFuture<Long> replicate(long bytes, Replica replica) {
        return submit(
                bytes,
                transaction -> {
                    replica.apply(transaction);
                    return transaction.revision();
                },
                false);
    }

    private <T> CompletableFuture<T> submit(
            long bytes, Function<BatchTransaction, @Nullable T> mutation, boolean makesRoom) {
        Pending<T> pending = new Pending<>(bytes, mutation);
        ImageException refused = makesRoom && full ? null : refusal;
        if (closing || refused != null) {
            pending.future.completeExceptionally(refused == null ? StorageErrors.unavailable(null) : refused);
        } else if (pendingBytes.addAndGet(bytes) > limits.maxPendingBytes() && !queue.isEmpty()) {
            pendingBytes.addAndGet(-bytes);
            pending.future.completeExceptionally(
                    exhausted("writes of " + limits.maxPendingBytes() + " bytes wait already"));
        } else if (!queue.offer(pending)) {
            pendingBytes.addAndGet(-bytes);
            pending.future.completeExceptionally(exhausted(limits.maxPending() + " writes wait already"));
        } else if (closing && !thread.isAlive()) {
            failAll(List.of(pending), StorageErrors.unavailable(null));
        }
        return pending.future;
    }

    private static ImageException exhausted(String why) {
        return ImageException.ResourceExhausted.tooBusy(why + ": try again later", null);
    }

    private void run() {
        while (!closing || !queue.isEmpty()) {
            try {
                step();
            } catch (Throwable e) { // whatever it was, the thread has to go on
                log.error("the committer goes on after what should not have happened", e);
            }
        }
    }

    private void step() {
        List<Pending<?>> batch = next();
        try {
            lookAtDisk();
            commit(batch);
            batch.forEach(pending -> {
                pendingBytes.addAndGet(-pending.bytes);
                pending.answer(); // on this thread the response is built and handed to the transport: it must not block
            });
        } catch (Throwable e) { // Kotlin throws checked exceptions undeclared
            recover(batch, e);
        }
        if (meter.isDue(System.nanoTime())) {
            database.tidy(meter.activity());
        }
    }

    /**
     * Looks from time to time whether the folder is where it was, and whether there is room on the disk.
     *
     * @throws ImageException.Unavailable when the folder is not
     */
    private void lookAtDisk() {
        long now = System.nanoTime();
        if (now - lookedAt < PROBE_PERIOD.toNanos()) {
            return;
        }
        lookedAt = now;
        database.requirePresent();
        boolean hasRoom = database.reserveRoom();
        if (full && hasRoom) {
            log.info("the disk has room again; writes are stored");
            full = false;
            serve(null);
        }
    }

    /** Waits for a mutation, with which a batch begins; nothing when the store was idle for a while. */
    private List<Pending<?>> next() {
        List<Pending<?>> batch = new ArrayList<>();
        try {
            Pending<?> next = queue.poll(ActivityMeter.STEP.toMillis(), TimeUnit.MILLISECONDS);
            if (next != null) {
                batch.add(next);
            }
        } catch (InterruptedException e) {
            log.warn("the committer was interrupted, which nothing should do; it goes on", e);
        }
        return batch;
    }

    /** Applies and commits a batch. A mutation that breaks is taken out, and the rest is done again without it. */
    private void commit(List<Pending<?>> batch) {
        BatchTransaction done = null;
        while (done == null) {
            done = write(batch);
        }
        done.committed(commits);
        meter.worked(batch.isEmpty() ? 0 : System.nanoTime() - batchStart);
    }

    /**
     * Returns what the batch wrote, null when it has to be done again. What cannot be read is not dropped either: it stays for whoever looks
     * into it. The database hears of it, because the error passes through its write.
     */
    private @Nullable BatchTransaction write(List<Pending<?>> batch) {
        isPruning = false;
        try {
            return database.write(writes -> apply(batch, writes));
        } catch (ImageException.DataLoss e) {
            if (!isPruning) {
                throw e;
            }
            prunable = false;
            log.warn("old changes are no longer dropped: {}", e.getMessage());
            return null;
        }
    }

    /** Returns what the batch wrote, null when not all of it was applied. */
    private @Nullable BatchTransaction apply(List<Pending<?>> batch, WriteBatch to) {
        batchStart = System.nanoTime(); // without the time that the database took to tidy up before
        BatchTransaction writes = new BatchTransaction(to, clock, caches);
        int enough = Math.min(MAX_BATCH, Math.max(FEW, batch.size() + queue.size()));
        for (int applied = 0; applied < batch.size() || takeNext(batch, enough, writes); applied++) {
            if (!apply(batch, applied, writes)) {
                to.rollBack();
                return null;
            }
        }
        prune(writes, batch.isEmpty());
        return writes;
    }

    /** Adds a mutation that waits, unless those before it are enough or wrote much: a small request may write a large image. */
    private boolean takeNext(List<Pending<?>> batch, int enough, BatchTransaction writes) {
        boolean isFull = batch.size() >= enough || writes.bytes() >= MAX_BATCH_BYTES;
        Pending<?> next = isFull ? null : queue.poll();
        return next != null && batch.add(next);
    }

    private boolean apply(List<Pending<?>> batch, int index, BatchTransaction writes) {
        Pending<?> pending = batch.get(index);
        try {
            pending.apply(writes);
            return true;
        } catch (RuntimeException e) {
            if (database.hasFailed()) {
                throw e;
            }
            log.error("a mutation broke; it is left out", e);
            batch.remove(index);
            failAll(List.of(pending), broken(e));
            return false;
        }
    }

    private static ImageException broken(RuntimeException error) {
        Throwable cause = error.getCause();
        if (cause instanceof ImageException.DataLoss || cause instanceof ImageException.Unavailable) {
            return StorageErrors.notStored(cause);
        }
        return new ImageException.Internal("the write failed: " + error, error);
    }

    private void prune(BatchTransaction writes, boolean idle) {
        long since = writes.keptChanges() - keptAfterPruning;
        boolean due = idle || since >= retention.interval();
        if (prunable && due) {
            isPruning = true;
            retention.prune(writes, idle ? 0 : since, wallClock.instant());
            keptAfterPruning = writes.keptChanges();
            isPruning = false;
        }
    }

    /** Answers those that wait, and tries until the disk works again; meanwhile what comes is refused by {@link #submit}. */
    private void recover(List<Pending<?>> batch, Throwable error) {
        ImageException reason = StorageErrors.notStored(error);
        log.error("{} writes are not acknowledged: {}", batch.size(), reason.getMessage(), error);
        full = false;
        serve(reason);
        failAll(batch, reason);
        boolean noRoom = StorageErrors.isFull(error);
        if (noRoom) {
            database.releaseRoom();
        }
        boolean wait = System.nanoTime() - failedAt < SOON.toNanos();
        failedAt = System.nanoTime();
        boolean recovered;
        do {
            failWaiting(reason);
            if (wait) {
                pause();
            }
            wait = true;
            failWaiting(reason);
            recovered = hasRecovered();
        } while (!recovered && !closing);
        full = recovered && noRoom;
        if (recovered && !noRoom) {
            log.info("the database works again");
            serve(null);
        }
    }

    private boolean hasRecovered() {
        try {
            database.recover();
            long revision = database.read(Revisions::last);
            caches.recovered(database.identity(), revision);
            commits.recovered(revision);
            meter = new ActivityMeter(System.nanoTime());
            return true;
        } catch (Throwable e) { // Kotlin throws checked exceptions undeclared
            log.warn("the database does not work yet: {}", e.getMessage());
            if (StorageErrors.isExplained(e)) {
                serve(StorageErrors.notStored(e));
            }
            return false;
        }
    }

    private void failWaiting(ImageException reason) {
        List<Pending<?>> waiting = new ArrayList<>();
        queue.drainTo(waiting);
        failAll(waiting, reason);
    }

    private void pause() {
        try {
            Thread.sleep(PROBE_PERIOD.toMillis());
        } catch (InterruptedException e) {
            log.warn("the committer was interrupted, which nothing should do; it goes on", e);
        }
    }

    /** Sets what writes are answered, null for nothing but what they ask for. */
    private void serve(@Nullable ImageException reason) {
        boolean changed = (refusal == null) != (reason == null);
        refusal = reason;
        if (changed) {
            listeners.forEach(listener -> listener.servingChanged(reason == null));
        }
    }

    private void failAll(List<Pending<?>> batch, ImageException error) {
        for (Pending<?> pending : batch) {
            pendingBytes.addAndGet(-pending.bytes);
            pending.future.completeExceptionally(error);
        }
    }

    /** Writes what waits, then ends the thread. */
    @Override
    public void close() {
        closing = true;
        queue.offer(new Pending<>(0, transaction -> "awake"));
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        List<Pending<?>> late = new ArrayList<>();
        queue.drainTo(late);
        failAll(late, StorageErrors.unavailable(null));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
