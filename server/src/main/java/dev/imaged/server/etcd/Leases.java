package dev.imaged.server.etcd;

import dev.imaged.proto.etcd.LeaseGrantResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Leases for keys that etcd is to drop after some time. A lease is a step of etcd's log, so some keys share one: few enough that etcd drops
 * them in a moment. Thread-safe.
 */
final class Leases {
    private static final int MAX_KEYS = 1000;
    private static final Duration SHARED_FOR = Duration.ofMinutes(1);

    private final EtcdClient client;
    private final Duration time;
    private @Nullable CompletableFuture<Long> lease;
    private long grantedNanos;
    private int keys;

    /** @param keep how long a key is kept at least */
    Leases(EtcdClient client, Duration keep) {
        this.client = client;
        this.time = keep.plus(SHARED_FOR);
    }

    /** Returns the lease for one more key. It fails as a call of etcd. */
    synchronized CompletableFuture<Long> next() {
        CompletableFuture<Long> current = lease;
        long now = System.nanoTime();
        boolean isUsed = current != null
                && keys < MAX_KEYS
                && now - grantedNanos < SHARED_FOR.toNanos()
                && !current.isCompletedExceptionally();
        if (current == null || !isUsed) {
            current = client.grant(time).thenApply(LeaseGrantResponse::getID);
            lease = current;
            grantedNanos = now;
            keys = 0;
        }
        keys++;
        return current;
    }

    /** Gives no key the present lease any more: etcd may have lost it. */
    synchronized void forget() {
        lease = null;
    }
}
