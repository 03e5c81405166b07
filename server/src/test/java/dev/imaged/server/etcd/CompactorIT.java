package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.proto.etcd.RangeRequest;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.TxnRequest;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One of all daemons has etcd drop what is old, and another one does when that has gone. */
class CompactorIT {
    private static final Duration KEPT = Duration.ofMillis(300);
    private static final Duration LEASE = Duration.ofSeconds(2);

    /** Longer than a test takes. */
    private static final Duration LONG_LEASE = Duration.ofMinutes(5);

    private static final long POLL_MILLIS = 50;

    @AutoClose
    private static EtcdCluster cluster;

    private EtcdConfig config;
    private EtcdClient client;
    private EtcdKeys keys;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = EtcdCluster.start(1);
    }

    @BeforeEach
    void newStore() {
        config = cluster.newStore();
        client = new EtcdClient(config);
        keys = new EtcdKeys(config.prefix());
    }

    @AfterEach
    void stop() {
        client.close();
    }

    private Compactor compactor(Duration kept) {
        return compactor(kept, LEASE);
    }

    private Compactor compactor(Duration kept, Duration lease) {
        return new Compactor(client, keys, kept, lease);
    }

    private ByteString elected() {
        RangeResponse answer = client.get(keys.compactor()).join();
        return answer.getKvsCount() == 0 ? ByteString.EMPTY : answer.getKvs(0).getValue();
    }

    private long revision() {
        return client.get(keys.mark()).join().getHeader().getRevision();
    }

    private boolean isKept(long revision) {
        try {
            client.range(RangeRequest.newBuilder()
                            .setKey(keys.mark())
                            .setRevision(revision)
                            .build())
                    .join();
            return true;
        } catch (CompletionException e) {
            if (EtcdErrors.isCompacted(e.getCause())) {
                return false;
            }
            throw e;
        }
    }

    private static void pause() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS));
    }

    @Test
    void theElectedOneDropsWhatIsOld() {
        Compactor one = compactor(KEPT, LONG_LEASE);
        Compactor two = compactor(KEPT, LONG_LEASE);
        one.run();
        FollowingDaemon.await(() -> !elected().isEmpty());
        ByteString first = elected();
        long old = revision();
        FollowingDaemon.await(() -> {
            one.run();
            two.run();
            pause();
            return !isKept(old);
        });
        assertEquals(first, elected());
        assertEquals(true, isKept(revision()));
    }

    @Test
    void anotherOneDropsWhatIsOldWhenTheElectedOneHasGone() {
        compactor(KEPT, LEASE).run();
        FollowingDaemon.await(() -> !elected().isEmpty());
        ByteString first = elected();
        long old = revision();

        Compactor two = compactor(KEPT, LONG_LEASE);
        FollowingDaemon.await(() -> {
            two.run();
            pause();
            return !isKept(old);
        });

        assertNotEquals(first, elected());
    }

    @Test
    void whatIsNotOldYetIsKept() {
        Compactor one = compactor(Duration.ofMinutes(30), LONG_LEASE);
        one.run();
        FollowingDaemon.await(() -> !elected().isEmpty());
        long old = revision();
        for (int renewals = 0; renewals < 5; ) {
            long before = revision();
            one.run();
            FollowingDaemon.await(() -> revision() > before);
            renewals++;
        }
        assertEquals(true, isKept(old));
    }

    /** It drops nothing before it is elected, and then at once what has become old meanwhile. */
    @Test
    void oneThatTakesOverDropsWhatHasBecomeOldBefore() {
        compactor(Duration.ofMinutes(30)).run();
        FollowingDaemon.await(() -> !elected().isEmpty());
        ByteString first = elected();
        long old = put();
        put();
        Compactor second = compactor(LEASE.dividedBy(2));

        FollowingDaemon.await(() -> {
            boolean wasKept = isKept(old);
            assertTrue(wasKept || !elected().equals(first));
            second.run();
            pause();
            return !elected().isEmpty() && !elected().equals(first);
        });

        FollowingDaemon.await(() -> !isKept(old));
    }

    private long put() {
        return client.txn(
                        TxnRequest.newBuilder()
                                .addSuccess(CommitRequest.put(keys.mark(), ByteString.EMPTY, 0))
                                .build(),
                        true)
                .join()
                .getHeader()
                .getRevision();
    }
}
