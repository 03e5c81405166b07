package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.proto.etcd.TxnResponse;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Waits until the view has all that was acknowledged anywhere before the wait began: asks etcd for the last commit, then waits for the
 * view. One question serves the waiters that are there when it is sent. Thread-safe.
 */
final class Barrier {
    /** How long the view may take to get what etcd has. */
    private static final Duration MAX_LAG = Duration.ofSeconds(2);

    private final EtcdClient client;
    private final EtcdKeys keys;
    private final UUID life;
    private final ViewProgress progress;
    private final ViewLag lag;
    private final Follower follower;
    private final Runnable outdated;

    /** Completes with the next question, which is not sent yet; null when nobody waits for it. */
    private @Nullable CompletableFuture<Void> next;

    private boolean isAsking;

    /** A question that is on its way, and the waiters for its answer. */
    private record Question(long askedAt, long applied, CompletableFuture<Void> asking) {}

    /**
     * Makes a barrier.
     *
     * @param life that of the view: a store that began another is not served
     * @param lag learns what etcd has, and when the view had it
     * @param follower told when the view does not get what etcd has
     * @param outdated called when the store has another life; it must not block
     */
    Barrier(
            EtcdClient client,
            EtcdKeys keys,
            UUID life,
            ViewProgress progress,
            ViewLag lag,
            Follower follower,
            Runnable outdated) {
        this.client = client;
        this.keys = keys;
        this.life = life;
        this.progress = progress;
        this.lag = lag;
        this.follower = follower;
        this.outdated = outdated;
    }

    /**
     * Returns a future that completes behind the barrier, on any thread: what depends on it must not block. It fails with Unavailable when
     * etcd does not answer, is not what the view is of, or the view stays behind.
     */
    CompletableFuture<Void> pass() {
        CompletableFuture<Void> joined;
        boolean asks;
        synchronized (this) {
            joined = next == null ? new CompletableFuture<>() : next;
            next = joined;
            asks = !isAsking;
        }
        if (asks) {
            ask();
        }
        return joined;
    }

    private void ask() {
        Question question;
        synchronized (this) {
            if (isAsking || next == null) {
                return;
            }
            question = new Question(System.nanoTime(), progress.applied(), next);
            next = null;
            isAsking = true;
        }
        client.txn(ClusterState.request(keys), true).whenComplete((response, error) -> {
            synchronized (this) {
                isAsking = false;
            }
            ask();
            if (response == null) {
                question.asking().completeExceptionally(EtcdErrors.notDone(error));
            } else {
                answered(response, question);
            }
        });
    }

    private void answered(TxnResponse response, Question question) {
        ClusterState state;
        try {
            state = ClusterState.of(response);
            state.requireNotBehind(state.isOf(life) ? question.applied() : 0);
        } catch (ImageException e) {
            question.asking().completeExceptionally(EtcdErrors.unavailable(String.valueOf(e.getMessage()), e));
            return;
        }
        if (!state.isOf(life)) {
            outdated.run();
            question.asking().completeExceptionally(ClusterState.otherLife());
            return;
        }
        FailedPrecondition refusal = follower.refusal();
        if (refusal != null) {
            question.asking()
                    .completeExceptionally(EtcdErrors.unavailable(String.valueOf(refusal.getMessage()), refusal));
            return;
        }
        lag.knows(state.lastCommit());
        await(state.lastCommit(), question);
    }

    private void await(long revision, Question question) {
        progress.reached(revision)
                .orTimeout(MAX_LAG.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((reached, late) -> {
                    if (late == null) {
                        lag.current(question.askedAt());
                        question.asking().complete(null);
                    } else {
                        follower.lagging();
                        question.asking().completeExceptionally(error(revision, late));
                    }
                });
    }

    private ImageException error(long revision, Throwable late) {
        Throwable cause = EtcdErrors.cause(late);
        if (!(cause instanceof TimeoutException)) {
            return EtcdErrors.notDone(cause);
        }
        String problem = follower.problem();
        return new ImageException.Unavailable(
                        "this daemon is behind the cluster: it has revision " + progress.applied()
                                + ", and the newest is " + revision + (problem == null ? "" : ", because " + problem)
                                + "; try again, or another daemon",
                        null)
                .withReason("VIEW_BEHIND", Map.of("revision", String.valueOf(progress.applied())));
    }
}
