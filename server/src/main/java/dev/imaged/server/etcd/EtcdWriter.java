package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.proto.etcd.TxnResponse;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.StorageErrors;
import dev.imaged.server.store.write.ImageWriter;
import dev.imaged.server.store.write.Proposal;
import dev.imaged.server.store.write.Proposal.ProposedCommit;
import dev.imaged.server.store.write.WriteLimits;
import io.grpc.Status;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes mutations, decides on the view what each would write, and has etcd do that if nothing has changed that the decision depends on.
 * Otherwise it decides again. A mutation that fails or changes nothing counts only behind a barrier: the view may be old.
 *
 * <p>One thread, the proposer, makes all decisions. Many transactions are on the way at once, but of those of this daemon only one for
 * each image: others wait for it, because they would fail. Thread-safe.
 */
final class EtcdWriter implements ImageWriter, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EtcdWriter.class);

    /** How often a mutation is decided again because another daemon was faster. */
    private static final int MAX_DECISIONS = 30;

    /** How long a commit waits for the view. */
    private static final Duration MAX_LAG = Duration.ofSeconds(10);

    /** How long it is remembered that an attempt is forbidden: longer than it may be on its way. */
    private static final Duration FORBIDDEN_FOR = Duration.ofHours(1);

    private final EtcdClient client;
    private final EtcdKeys keys;
    private final UUID life;
    private final Database view;
    private final ViewProgress progress;
    private final Barrier barrier;
    private final Attempts attempts;
    private final CommitClock clock;
    private final WriteLimits limits;
    private final AtomicLong pendingBytes = new AtomicLong();
    private final Set<Pending<?>> pending = ConcurrentHashMap.newKeySet();
    private final ThreadPoolExecutor proposer;

    /** Only for the proposer. */
    private final HeldImages<Pending<?>> held = new HeldImages<>();

    /**
     * Makes a writer.
     *
     * @param life that of the view: nothing is written to a store that began another
     * @param view what the decisions are made on
     * @param clock the times of the commits
     * @param attempts what the watch tells
     */
    EtcdWriter(
            EtcdClient client,
            EtcdKeys keys,
            UUID life,
            Database view,
            ViewProgress progress,
            Barrier barrier,
            Attempts attempts,
            CommitClock clock,
            WriteLimits limits) {
        this.client = client;
        this.keys = keys;
        this.life = life;
        this.view = view;
        this.progress = progress;
        this.barrier = barrier;
        this.attempts = attempts;
        this.clock = clock;
        this.limits = limits;
        this.proposer =
                new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), EtcdWriter::thread);
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "proposer");
        thread.setDaemon(true);
        return thread;
    }

    /** A mutation that is not answered yet. Its fields are for the proposer. */
    private final class Pending<T> {
        final long bytes;
        final Mutation<T> mutation;
        final CompletableFuture<T> future = new CompletableFuture<>();
        boolean isBehindBarrier;
        int decisions;

        @Nullable
        ByteBuffer waitsFor;

        @Nullable
        ProposedCommit holding;

        private @Nullable T result;

        Pending(long bytes, Mutation<T> mutation) {
            this.bytes = bytes;
            this.mutation = mutation;
        }

        Proposal propose() {
            return view.read(snapshot -> {
                Proposal proposal = new Proposal(snapshot, clock);
                result = mutation.apply(proposal);
                return proposal;
            });
        }

        void complete(long revision) {
            end(() -> future.complete(result == null ? null : mutation.at(revision, result)));
        }

        void fail(ImageException error) {
            end(() -> future.completeExceptionally(error));
        }

        private void end(Runnable answer) {
            if (pending.remove(this)) {
                pendingBytes.addAndGet(-bytes);
                answer.run();
            }
        }
    }

    @Override
    public <T> CompletableFuture<T> submit(long bytes, Mutation<T> mutation) {
        Pending<T> added = new Pending<>(bytes, mutation);
        if (pending.size() >= limits.maxPending()) {
            added.future.completeExceptionally(exhausted(limits.maxPending() + " writes wait already"));
            return added.future;
        } else if (pendingBytes.addAndGet(bytes) > limits.maxPendingBytes() && !pending.isEmpty()) {
            pendingBytes.addAndGet(-bytes);
            added.future.completeExceptionally(
                    exhausted("writes of " + limits.maxPendingBytes() + " bytes wait already"));
            return added.future;
        }
        pending.add(added);
        run(() -> decide(added), added);
        return added.future;
    }

    @Override
    public <T> CompletableFuture<T> submitRemoval(long bytes, Mutation<T> mutation) {
        return submit(bytes, mutation);
    }

    private static ImageException exhausted(String why) {
        return ImageException.ResourceExhausted.tooBusy(why + ": try again later", null);
    }

    /** Runs a step of a mutation on the proposer's thread. */
    private void run(Runnable step, Pending<?> of) {
        try {
            proposer.execute(() -> {
                try {
                    step.run();
                } catch (RuntimeException | Error e) { // the others have to go on
                    log.error("a write broke", e);
                    release(of);
                    of.fail(new ImageException.Internal("the write failed: " + e, e));
                }
            });
        } catch (RejectedExecutionException e) {
            of.fail(StorageErrors.unavailable(null));
        }
    }

    private void decide(Pending<?> mutation) {
        ByteBuffer before = mutation.waitsFor;
        if (before != null && held.await(before, mutation)) {
            return;
        }
        Proposal proposal;
        try {
            proposal = mutation.propose();
        } catch (ImageException e) {
            unchanged(mutation, () -> mutation.fail(e));
            return;
        }
        if (proposal.commits().isEmpty()) {
            unchanged(mutation, () -> mutation.complete(proposal.snapshotRevision() + 1));
            return;
        }
        ProposedCommit commit = proposal.commits().get(0);
        boolean mayBeKnown = !commit.cause().requestId().isEmpty();
        if (mayBeKnown && !mutation.isBehindBarrier) { // another daemon may have carried the request out
            decideBehindBarrier(mutation);
            return;
        }
        mutation.waitsFor = held.firstOf(commit.reads().keySet());
        if (mutation.waitsFor != null) {
            held.await(mutation.waitsFor, mutation);
            return;
        }
        held.hold(commit.changes().keySet());
        mutation.holding = commit;
        send(mutation, proposal, commit);
    }

    /** Answers a mutation that writes nothing, or has it decided again behind a barrier. */
    private void unchanged(Pending<?> mutation, Runnable answer) {
        if (mutation.isBehindBarrier) {
            answer.run();
        } else {
            decideBehindBarrier(mutation);
        }
    }

    private void decideBehindBarrier(Pending<?> mutation) {
        barrier.pass()
                .whenComplete((passed, error) -> run(
                        () -> {
                            if (error == null) {
                                mutation.isBehindBarrier = true;
                                decide(mutation);
                            } else {
                                mutation.fail(EtcdErrors.notDone(error));
                            }
                        },
                        mutation));
    }

    private void send(Pending<?> mutation, Proposal proposal, ProposedCommit commit) {
        ByteString attempt = attempts.begin();
        clock.follow(commit.time());
        client.txn(CommitRequest.of(keys, life, proposal, 0, attempt), false)
                .whenComplete((response, error) -> run(
                        () -> {
                            if (response != null) {
                                attempts.end(attempt);
                                answered(mutation, proposal, response);
                            } else if (EtcdErrors.isOutOfSpace(Status.fromThrowable(error))) {
                                settleWithoutSpace(mutation, proposal, attempt, error);
                            } else if (EtcdErrors.isNotDone(Status.fromThrowable(error))) {
                                attempts.end(attempt);
                                release(mutation);
                                mutation.fail(EtcdErrors.notDone(error));
                            } else {
                                settle(mutation, proposal, attempt, error);
                            }
                        },
                        mutation));
    }

    private void answered(Pending<?> mutation, Proposal proposal, TxnResponse response) {
        if (response.getSucceeded()) {
            committed(mutation, proposal, response.getHeader().getRevision());
        } else {
            again(mutation);
        }
    }

    /** Something has changed meanwhile: the mutation is decided again on a view that knows it. */
    private void again(Pending<?> mutation) {
        release(mutation);
        mutation.decisions++;
        if (mutation.decisions < MAX_DECISIONS) {
            decideBehindBarrier(mutation);
        } else {
            mutation.fail(new ImageException.Unavailable(
                            "not stored: other daemons have changed the same images " + MAX_DECISIONS
                                    + " times meanwhile: try again",
                            null)
                    .withReason("TOO_BUSY", Map.of()));
        }
    }

    /** Answers once the view has the commit. */
    private void committed(Pending<?> mutation, Proposal proposal, long revision) {
        progress.reached(revision)
                .orTimeout(MAX_LAG.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((reached, late) -> run(
                        () -> {
                            release(mutation); // before the answer, which may bring the next write of the same image
                            follow(mutation, proposal, revision, 1);
                        },
                        mutation));
    }

    /** Sends the commits behind the first, one after the other. One whose images have changed meanwhile is left out. */
    private void follow(Pending<?> mutation, Proposal proposal, long first, int index) {
        if (index == proposal.commits().size()) {
            mutation.complete(first);
            return;
        }
        ByteString attempt = attempts.begin();
        attempts.end(attempt); // nobody asks what became of it
        client.txn(CommitRequest.of(keys, life, proposal, index, attempt), false)
                .thenCompose(response -> response.getSucceeded()
                        ? progress.reached(response.getHeader().getRevision())
                                .orTimeout(MAX_LAG.toMillis(), TimeUnit.MILLISECONDS)
                        : CompletableFuture.completedFuture(null))
                .whenComplete((done, error) -> run(
                        () -> {
                            if (error != null) {
                                log.warn("images that have expired may stay: {}", error.getMessage());
                            }
                            follow(mutation, proposal, first, index + 1);
                        },
                        mutation));
    }

    /**
     * Finds out what became of a transaction whose answer is missing. It may still be on its way: it is forbidden first, and what the
     * watch has not told of it until then will never happen.
     */
    private void settle(Pending<?> mutation, Proposal proposal, ByteString attempt, Throwable lost) {
        client.grant(FORBIDDEN_FOR)
                .thenCompose(lease -> client.txn(CommitRequest.forbid(keys, attempt, lease.getID()), true))
                .thenCompose(response ->
                        progress.reached(revision(response)).orTimeout(MAX_LAG.toMillis(), TimeUnit.MILLISECONDS))
                .whenComplete((reached, error) -> run(
                        () -> {
                            long revision = attempts.end(attempt);
                            if (revision > 0) {
                                committed(mutation, proposal, revision);
                            } else if (error == null) {
                                again(mutation);
                            } else {
                                log.warn("the end of a write is not known: {}", lost.getMessage(), error);
                                release(mutation);
                                mutation.fail(EtcdErrors.unknown(lost));
                            }
                        },
                        mutation));
    }

    /** Finds out whether etcd has carried out a transaction before it said that it is out of space: it is not on its way any more. */
    private void settleWithoutSpace(Pending<?> mutation, Proposal proposal, ByteString attempt, Throwable refused) {
        barrier.pass()
                .whenComplete((passed, error) -> run(
                        () -> {
                            long revision = attempts.end(attempt);
                            if (revision > 0) {
                                committed(mutation, proposal, revision);
                                return;
                            }
                            release(mutation);
                            mutation.fail(error == null ? EtcdErrors.notDone(refused) : EtcdErrors.unknown(refused));
                        },
                        mutation));
    }

    /** Returns when an attempt was forbidden. */
    private static long revision(TxnResponse forbidden) {
        if (forbidden.getSucceeded()) {
            return forbidden.getHeader().getRevision();
        }
        return ClusterState.revision(forbidden.getResponses(0).getResponseRange());
    }

    /** Gives the images of a mutation back, and decides again the mutations that wait for them. */
    private void release(Pending<?> mutation) {
        ProposedCommit commit = mutation.holding;
        mutation.holding = null;
        if (commit != null) {
            held.release(commit.changes().keySet()).forEach(next -> run(() -> decide(next), next));
        }
    }

    /** Answers what waits: it is not known what becomes of that. */
    @Override
    public void close() {
        proposer.shutdown();
        ImageException stopping = EtcdErrors.unavailable(
                "it is not known whether the write was stored: the daemon stops; read the image again", null);
        pending.forEach(mutation -> mutation.fail(stopping));
    }
}
