package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.TxnRequest;
import dev.imaged.proto.etcd.TxnResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has etcd drop its old revisions, behind those that daemons need that were away for a while. One of all daemons does that, the one whose
 * id is in a key with a lease. Thread-safe.
 */
final class Compactor {
    private static final Logger log = LoggerFactory.getLogger(Compactor.class);

    private final EtcdClient client;
    private final EtcdKeys keys;
    private final Duration kept;
    private final Duration lease;
    private final ByteString id = ByteString.copyFromUtf8(UUID.randomUUID().toString());
    private final AtomicBoolean isRunning = new AtomicBoolean();

    /**
     * The newest revision of etcd at some times, whether this one was elected or not, the oldest first; under the lock of this object. The
     * times of commits do not tell what is old: they are those of clocks that may differ.
     */
    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Sample(long nanos, long revision) {}

    /**
     * Makes one that is not elected.
     *
     * @param kept how long etcd keeps a revision
     * @param lease how long this one stays elected when it does not run any more, at least a second
     */
    Compactor(EtcdClient client, EtcdKeys keys, Duration kept, Duration lease) {
        this.client = client;
        this.keys = keys;
        this.kept = kept;
        this.lease = lease;
    }

    /** Tries to be elected, and drops what is old if it is; to be called several times within the time of the lease. Does not block. */
    void run() {
        if (isRunning.compareAndSet(false, true)) {
            client.get(keys.compactor()).thenCompose(this::compact).whenComplete((done, error) -> {
                isRunning.set(false);
                if (error != null) {
                    log.info("etcd does not drop old revisions at the moment: {}", error.getMessage());
                }
            });
        }
    }

    private CompletableFuture<Void> compact(RangeResponse elected) {
        long old = sample(elected.getHeader().getRevision());
        return elect(elected)
                .thenCompose(isElected ->
                        isElected && old > 0 ? compact(old) : CompletableFuture.<Void>completedFuture(null));
    }

    /** Returns whether this one is elected. */
    private CompletableFuture<Boolean> elect(RangeResponse elected) {
        boolean isFree = elected.getKvsCount() == 0;
        if (!isFree && !elected.getKvs(0).getValue().equals(id)) {
            return CompletableFuture.completedFuture(false);
        }
        long seen = ClusterState.revision(elected);
        return client.grant(lease)
                .thenCompose(granted -> client.txn(
                        TxnRequest.newBuilder()
                                .addCompare(CommitRequest.revision(keys.compactor(), seen))
                                .addSuccess(CommitRequest.put(keys.compactor(), id, granted.getID()))
                                .build(),
                        true))
                .thenApply(TxnResponse::getSucceeded);
    }

    private CompletableFuture<Void> compact(long old) {
        return client.compact(old).handle((done, error) -> {
            if (error != null && !EtcdErrors.isCompacted(error)) {
                log.info("etcd does not drop old revisions at the moment: {}", error.getMessage());
            }
            return null;
        });
    }

    /** Notes the revision of now, and returns the newest that is old enough to be dropped; 0 when there is none. */
    private synchronized long sample(long revision) {
        long now = System.nanoTime();
        samples.removeIf(sample -> sample.revision() > revision); // etcd was set back
        samples.add(new Sample(now, revision));
        long old = 0;
        while (now - samples.element().nanos() > kept.toNanos()) {
            old = samples.remove().revision();
        }
        return old;
    }
}
