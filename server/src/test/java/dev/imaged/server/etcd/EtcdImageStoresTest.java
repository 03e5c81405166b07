package dev.imaged.server.etcd;

import dev.imaged.images.ImageStoreContract;
import dev.imaged.images.ImageStores;
import java.io.IOException;
import java.time.Clock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The contract over a daemon that follows a cluster of one member. {@link EtcdDaemonsTest} has the same with more of each, so this one
 * runs with {@code -Dimaged.etcd.single=true}.
 */
@EnabledIfSystemProperty(named = "imaged.etcd.single", matches = "true")
class EtcdImageStoresTest extends ImageStoreContract {
    private static EtcdCluster cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = EtcdCluster.start(1);
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Override
    protected ImageStores open(Clock clock) throws IOException {
        return EtcdDaemons.open(cluster.newStore(), clock);
    }
}
