package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.TxnResponse;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * The right to be the only one of all daemons that commits, for a commit that depends on more than etcd can compare. It is a key that all
 * other commits require to be absent. Its lease is short, so a daemon that dies with the right does not keep the others for long.
 * Thread-safe.
 */
final class SoleRight {
    /** Longer than a decision and a transaction take. */
    private static final Duration LEASE = Duration.ofSeconds(5);

    private static final CompletableFuture<Long> NONE = CompletableFuture.completedFuture(0L);

    private final EtcdClient client;
    private final EtcdKeys keys;
    private final Barrier barrier;

    SoleRight(EtcdClient client, EtcdKeys keys, Barrier barrier) {
        this.client = client;
        this.keys = keys;
        this.barrier = barrier;
    }

    /**
     * Takes the right, unless another has it. The future has the revision of the right, and completes once the view has all that was
     * committed before; 0 when another has it. It fails as a call of etcd or as {@link Barrier#pass}, and then gives back what it may have.
     */
    CompletableFuture<Long> take() {
        return client.get(keys.alone()).thenCompose(key -> key.getKvsCount() > 0 ? NONE : takeFree());
    }

    private CompletableFuture<Long> takeFree() {
        ByteString owner = ByteString.copyFromUtf8(UUID.randomUUID().toString());
        return client.grant(LEASE)
                .thenCompose(lease -> client.txn(CommitRequest.takeRight(keys, owner, lease.getID()), true))
                .thenCompose(response -> whenViewHas(revision(response, owner)))
                .whenComplete((revision, error) -> {
                    if (error != null) {
                        client.txn(CommitRequest.giveRightBack(keys, owner), true);
                    }
                });
    }

    /** The answer of an earlier attempt may have been lost, so the key may hold this owner already. */
    private static long revision(TxnResponse response, ByteString owner) {
        if (response.getSucceeded()) {
            return response.getHeader().getRevision();
        }
        RangeResponse key = response.getResponses(0).getResponseRange();
        boolean isOwn = key.getKvsCount() > 0 && key.getKvs(0).getValue().equals(owner);
        return isOwn ? key.getKvs(0).getModRevision() : 0;
    }

    /** Nobody commits any more, so what a barrier waits for is all. */
    private CompletableFuture<Long> whenViewHas(long revision) {
        return revision == 0 ? NONE : barrier.pass().thenApply(passed -> revision);
    }

    /** Gives the right back, and returns a future of that. If etcd does not hear of it, the lease ends it. */
    CompletableFuture<?> giveBack(long revision) {
        return client.txn(CommitRequest.giveRightBack(keys, revision), true);
    }
}
