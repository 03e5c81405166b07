package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import dev.imaged.proto.etcd.TxnResponse;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Waits until the view has all that was acknowledged anywhere before the wait began: asks etcd for the last commit, then waits for the
 * view. One question serves all that wait when it is sent. Thread-safe.
 */
final class Barrier {
    /** How long the view may take to get what etcd has. */
    private static final Duration MAX_LAG = Duration.ofSeconds(2);

    private final EtcdClient client;
    private final EtcdKeys keys;
    private final UUID life;
    private final ViewProgress progress;
    private final Executor answers;
    private final Runnable lagging;

    /** Those that wait for the next question. */
    private @Nullable CompletableFuture<Void> next;

    private boolean isAsking;

    /**
     * Makes a barrier.
     *
     * @param life that of the view: a store that began another is not served
     * @param answers runs what waits
     * @param lagging called when the view does not get what etcd has; it must not block
     */
    Barrier(EtcdClient client, EtcdKeys keys, UUID life, ViewProgress progress, Executor answers, Runnable lagging) {
        this.client = client;
        this.keys = keys;
        this.life = life;
        this.progress = progress;
        this.answers = answers;
        this.lagging = lagging;
    }

    /**
     * Returns a future that completes behind the barrier, on one of the threads that answer. It fails with Unavailable when etcd does not
     * answer, or the view stays behind.
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
        CompletableFuture<Void> asking;
        synchronized (this) {
            if (isAsking || next == null) {
                return;
            }
            asking = next;
            next = null;
            isAsking = true;
        }
        client.txn(ClusterState.request(keys), true).whenComplete((response, error) -> {
            synchronized (this) {
                isAsking = false;
            }
            ask();
            if (response == null) {
                fail(asking, EtcdErrors.notDone(error));
            } else {
                await(response, asking);
            }
        });
    }

    private void fail(CompletableFuture<Void> asking, ImageException error) {
        answers.execute(() -> asking.completeExceptionally(error));
    }

    private void await(TxnResponse response, CompletableFuture<Void> asking) {
        ClusterState state;
        try {
            state = ClusterState.of(response);
            state.requireLife(life);
        } catch (ImageException e) {
            fail(asking, EtcdErrors.unavailable(String.valueOf(e.getMessage()), e));
            return;
        }
        await(state.lastCommit(), asking);
    }

    private void await(long revision, CompletableFuture<Void> asking) {
        progress.reached(revision)
                .orTimeout(MAX_LAG.toMillis(), TimeUnit.MILLISECONDS)
                .whenCompleteAsync(
                        (reached, late) -> {
                            if (late == null) {
                                asking.complete(null);
                            } else {
                                lagging.run();
                                asking.completeExceptionally(error(revision, late));
                            }
                        },
                        answers);
    }

    private ImageException error(long revision, Throwable late) {
        Throwable cause = late instanceof CompletionException && late.getCause() != null ? late.getCause() : late;
        if (!(cause instanceof TimeoutException)) {
            return EtcdErrors.notDone(cause);
        }
        return new ImageException.Unavailable(
                        "this daemon is behind the cluster: it has revision " + progress.applied()
                                + ", and the newest is " + revision + "; try again, or another daemon",
                        null)
                .withReason("VIEW_BEHIND", Map.of("revision", String.valueOf(progress.applied())));
    }
}
