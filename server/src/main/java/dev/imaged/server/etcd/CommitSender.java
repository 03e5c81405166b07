package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.proto.etcd.TxnResponse;
import dev.imaged.server.etcd.CommitOutcome.Changed;
import dev.imaged.server.etcd.CommitOutcome.Committed;
import dev.imaged.server.etcd.CommitOutcome.Known;
import dev.imaged.server.etcd.CommitOutcome.Locked;
import dev.imaged.server.etcd.CommitOutcome.NotDone;
import dev.imaged.server.etcd.CommitRequest.Terms;
import dev.imaged.server.store.record.ChangeLog.KnownRequest;
import dev.imaged.server.store.write.Proposal;
import dev.imaged.server.store.write.Proposal.RequestKey;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has etcd carry commits out, each at most once, and finds out whether those were carried out whose answer is lost. Its futures fail with
 * ImageException, and complete on threads that must not be blocked. Thread-safe.
 */
final class CommitSender {
    private static final Logger log = LoggerFactory.getLogger(CommitSender.class);

    /** How long a commit waits for the view. */
    private static final Duration MAX_LAG = Duration.ofSeconds(10);

    /** How long etcd knows a request by its id: longer than anybody sends it again. Each takes space, and nearly all requests have one. */
    private static final Duration KNOWN_FOR = Duration.ofHours(1);

    /** How long it is remembered that an attempt is forbidden: longer than it may be on its way. */
    private static final Duration FORBIDDEN_FOR = Duration.ofHours(1);

    private final EtcdClient client;
    private final EtcdKeys keys;
    private final UUID life;
    private final ViewProgress progress;
    private final Barrier barrier;
    private final Attempts attempts;
    private final CommitClock clock;
    private final Leases requestLeases;
    private final Leases forbiddenLeases;

    /**
     * Makes a sender.
     *
     * @param life that of the view: nothing is written to a store that began another
     * @param attempts what the watch tells
     * @param clock learns the times of the commits
     */
    CommitSender(
            EtcdClient client,
            EtcdKeys keys,
            UUID life,
            ViewProgress progress,
            Barrier barrier,
            Attempts attempts,
            CommitClock clock) {
        this.client = client;
        this.keys = keys;
        this.life = life;
        this.progress = progress;
        this.barrier = barrier;
        this.attempts = attempts;
        this.clock = clock;
        this.requestLeases = new Leases(client, KNOWN_FOR);
        this.forbiddenLeases = new Leases(client, FORBIDDEN_FOR);
    }

    /**
     * Sends a commit of a proposal. The future completes once it is known whether that was carried out. The view may not have it yet, see
     * {@link #whenViewHas}.
     *
     * @param soleRight the revision of the right to write alone; 0 without it
     */
    CompletableFuture<CommitOutcome> send(Proposal proposal, int index, long soleRight) {
        if (!CommitRequest.hasId(proposal.commits().get(index))) {
            return send(proposal, index, new Terms(attempts.begin(), 0, soleRight));
        }
        return requestLeases
                .next()
                .exceptionallyCompose(error -> CompletableFuture.failedFuture(WriteErrors.notStored(error)))
                .thenCompose(lease -> send(proposal, index, new Terms(attempts.begin(), lease, soleRight)));
    }

    private CompletableFuture<CommitOutcome> send(Proposal proposal, int index, Terms terms) {
        ByteString attempt = terms.attempt();
        clock.follow(proposal.commits().get(index).time());
        return client.txn(CommitRequest.of(keys, life, proposal, index, terms), false)
                .handle((response, error) -> response == null
                        ? failed(attempt, error)
                        : CompletableFuture.completedFuture(answered(attempt, response)))
                .thenCompose(Function.identity());
    }

    private CommitOutcome answered(ByteString attempt, TxnResponse response) {
        attempts.end(attempt);
        if (response.getSucceeded()) {
            return new Committed(response.getHeader().getRevision());
        }
        KnownRequest known = CommitRequest.known(response);
        if (known != null) {
            return new Known(known);
        }
        return CommitRequest.isLocked(response) ? new Locked() : new Changed();
    }

    /** Returns a future that completes once the view has a commit, or that takes very long: it does not fail. */
    CompletableFuture<Void> whenViewHas(long revision) {
        return progress.reached(revision)
                .orTimeout(MAX_LAG.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(late -> null);
    }

    /** Finds the request that was carried out with an id. */
    CompletableFuture<Optional<KnownRequest>> find(RequestKey request) {
        return client.get(keys.request(request.namespace(), request.id()))
                .thenApply(response -> Optional.ofNullable(CommitRequest.known(response)))
                .exceptionallyCompose(error -> CompletableFuture.failedFuture(WriteErrors.notStored(error)));
    }

    private CompletableFuture<CommitOutcome> failed(ByteString attempt, Throwable error) {
        Status status = Status.fromThrowable(error);
        if (EtcdErrors.isOutOfSpace(status)) {
            return settleWithoutSpace(attempt, error);
        } else if (EtcdErrors.isLeaseLost(status)) {
            attempts.end(attempt);
            requestLeases.forget();
            return CompletableFuture.completedFuture(new NotDone());
        } else if (EtcdErrors.isNotDone(status)) {
            attempts.end(attempt);
            return CompletableFuture.failedFuture(WriteErrors.notStored(error));
        }
        return settle(attempt, error);
    }

    /**
     * Finds out whether a transaction was carried out whose answer is missing. It may still be on its way: it is forbidden first, and a
     * commit that the watch has not shown by then will never happen.
     */
    private CompletableFuture<CommitOutcome> settle(ByteString attempt, Throwable lost) {
        return forbiddenLeases
                .next()
                .thenCompose(lease -> client.txn(CommitRequest.forbid(keys, attempt, lease), true))
                .thenCompose(response ->
                        progress.reached(revision(response)).orTimeout(MAX_LAG.toMillis(), TimeUnit.MILLISECONDS))
                .handle((reached, error) -> {
                    long revision = attempts.end(attempt);
                    if (revision > 0) {
                        return CompletableFuture.<CommitOutcome>completedFuture(new Committed(revision));
                    } else if (error == null) {
                        return CompletableFuture.<CommitOutcome>completedFuture(new NotDone());
                    }
                    forbiddenLeases.forget();
                    log.warn("the end of a write is not known: {}", lost.getMessage(), error);
                    return CompletableFuture.<CommitOutcome>failedFuture(WriteErrors.unknown(lost));
                })
                .thenCompose(Function.identity());
    }

    /** Finds out whether etcd has carried out a transaction before it said that it is out of space: it is not on its way any more. */
    private CompletableFuture<CommitOutcome> settleWithoutSpace(ByteString attempt, Throwable refused) {
        return barrier.pass()
                .handle((passed, error) -> {
                    long revision = attempts.end(attempt);
                    return revision > 0
                            ? CompletableFuture.<CommitOutcome>completedFuture(new Committed(revision))
                            : CompletableFuture.<CommitOutcome>failedFuture(
                                    error == null ? WriteErrors.notStored(refused) : WriteErrors.unknown(refused));
                })
                .thenCompose(Function.identity());
    }

    /** Returns when an attempt was forbidden. */
    private static long revision(TxnResponse forbidden) {
        if (forbidden.getSucceeded()) {
            return forbidden.getHeader().getRevision();
        }
        return ClusterState.revision(forbidden.getResponses(0).getResponseRange());
    }
}
