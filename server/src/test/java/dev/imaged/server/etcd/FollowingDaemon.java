package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.maintenance.Following;
import dev.imaged.server.remote.InProcessDaemon;
import dev.imaged.server.store.kv.CopyOpening;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.xodus.Engines;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** A daemon with its view in a folder, of which a test knows what it says of its health and which databases it opened. */
final class FollowingDaemon implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;
    private static final long POLL_MILLIS = 20;

    private final List<Database> opened = new CopyOnWriteArrayList<>();
    private final List<Boolean> health = new CopyOnWriteArrayList<>();
    private final EtcdEngine engine;
    private final ImageStores stores;

    FollowingDaemon(EtcdConfig config, Path folder) throws IOException {
        this(config, () -> Engines.database(folder));
    }

    /** @param views opens the database of the view */
    FollowingDaemon(EtcdConfig config, Supplier<Database> views) throws IOException {
        this(config, requireThere -> views.get());
    }

    /** @param views opens the database of the view */
    FollowingDaemon(EtcdConfig config, CopyOpening views) throws IOException {
        engine = EtcdDaemons.engine(
                config,
                requireThere -> {
                    Database database = views.open(requireThere);
                    opened.add(database);
                    return database;
                },
                Clock.systemUTC());
        stores = InProcessDaemon.serve(engine);
        engine.onServing(health::add);
    }

    EtcdEngine engine() {
        return engine;
    }

    ImageStores stores() {
        return stores;
    }

    ImageStore images() {
        return stores.namespace("ns");
    }

    List<String> names() {
        return images().list().stream().map(Image::name).toList();
    }

    Following following() {
        Following following = engine.maintenance().stats().following();
        if (following == null) {
            throw new AssertionError("it does not say that it follows");
        }
        return following;
    }

    /** Returns the databases that it opened, the last of which it uses. */
    List<Database> opened() {
        return List.copyOf(opened);
    }

    /** Returns what it said of its health so far. */
    List<Boolean> health() {
        return List.copyOf(health);
    }

    void awaitHealth(boolean serving) {
        await(() -> health.get(health.size() - 1) == serving);
    }

    /** Waits until a condition holds; one that cannot be checked because the daemon is unavailable does not. */
    static void await(Callable<Boolean> condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!holds(condition)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not come");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS));
        }
    }

    private static boolean holds(Callable<Boolean> condition) {
        try {
            return condition.call();
        } catch (ImageException.Unavailable e) {
            return false;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        stores.close();
    }
}
