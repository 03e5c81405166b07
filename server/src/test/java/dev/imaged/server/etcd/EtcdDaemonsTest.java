package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.ImageStoreContract;
import dev.imaged.images.ImageStores;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract over two daemons that follow a cluster of three members: each call goes to the other daemon than the one before. */
class EtcdDaemonsTest extends ImageStoreContract {
    private static final long PATIENCE_SECONDS = 30;
    private static final long POLL_MILLIS = 20;

    private static EtcdCluster cluster;

    private final List<MemoryDatabase> views =
            List.of(new MemoryDatabase(TestStores.CONTENTS), new MemoryDatabase(TestStores.CONTENTS));

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = EtcdCluster.start(3);
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Override
    protected ImageStores open(Clock clock) throws IOException {
        EtcdConfig config = cluster.newStore();
        return new AlternatingStores(
                List.of(EtcdDaemons.open(config, views.get(0), clock), EtcdDaemons.open(config, views.get(1), clock)));
    }

    /** Each daemon drops its own old changes; the contract expects that they have dropped the same. */
    @Override
    public void dropChanges() {
        super.dropChanges();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        for (MemoryDatabase view : views) {
            while (TestStores.changes(view) > TestStores.RETENTION.maxChanges()) {
                assertTrue(System.nanoTime() < end, "old changes stay");
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS));
            }
        }
    }
}
