package dev.imaged.server.etcd;

import dev.imaged.images.ImageStoreContract;
import dev.imaged.images.ImageStores;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract over two daemons that follow a cluster of three members: each call goes to the other daemon than the one before. */
class EtcdDaemonsTest extends ImageStoreContract {
    private static EtcdCluster cluster;

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
        return new AlternatingStores(List.of(EtcdDaemons.open(config, clock), EtcdDaemons.open(config, clock)));
    }
}
