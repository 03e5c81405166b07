package dev.imaged.server.etcd;

import dev.imaged.images.ImageStores;
import dev.imaged.server.remote.InProcessDaemon;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.CopyOpening;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.write.Retention;
import java.io.IOException;
import java.time.Clock;

/** Opens daemons for tests. */
final class EtcdDaemons {
    private EtcdDaemons() {}

    /** Returns the stores of a new daemon with its view in memory. */
    static ImageStores open(EtcdConfig config, Clock clock) throws IOException {
        return open(config, new MemoryDatabase(TestStores.CONTENTS), clock);
    }

    /** Returns the stores of a new daemon. */
    static ImageStores open(EtcdConfig config, MemoryDatabase view, Clock clock) throws IOException {
        return InProcessDaemon.serve(engine(config, view, clock));
    }

    /** Returns the stores of a new daemon that drops no changes. */
    static ImageStores openKeepingAll(EtcdConfig config) throws IOException {
        return InProcessDaemon.serve(EtcdEngine.open(
                config,
                requireThere -> new MemoryDatabase(TestStores.CONTENTS),
                TestStores.CACHE_BYTES,
                Clock.systemUTC(),
                Retention.ALL,
                TestStores.LIMITS));
    }

    /** Opens the engine of a daemon whose view opens once. */
    static EtcdEngine engine(EtcdConfig config, Database view, Clock clock) {
        return engine(config, requireThere -> view, clock);
    }

    /** Opens the engine of a daemon that may make its view again. */
    static EtcdEngine engine(EtcdConfig config, CopyOpening views, Clock clock) {
        return EtcdEngine.open(config, views, TestStores.CACHE_BYTES, clock, TestStores.RETENTION, TestStores.LIMITS);
    }
}
