package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.server.engine.ImageEngine.ServingListener;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.kv.CopyOpening;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.time.Clock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What views are made of, one after the other.
 *
 * @param databases opens the database of the view, which the view before has closed
 * @param cacheBytes how much of the heap images may take, in bytes
 * @param unreadable learns of images that views leave out
 */
record ViewSource(
        EtcdClient client,
        EtcdKeys keys,
        CopyOpening databases,
        long cacheBytes,
        Clock clock,
        Retention retention,
        WriteLimits limits,
        UnreadableKeys unreadable) {
    /** Only the follower writes, and its watch waits for what the view has not taken yet. */
    private static final WriteLimits VIEW_LIMITS = new WriteLimits(Integer.MAX_VALUE, Long.MAX_VALUE);

    /**
     * Opens the database, a new one if it turns out to be damaged, fills it if etcd cannot bring it further, and makes a view of it. For a
     * thread with a stack as that of {@link dev.imaged.server.store.write.Committer}, that may wait.
     *
     * @param fills whether the view is filled in any case
     * @param storing hears whether the database takes what is written
     * @param stopped whether the daemon stops meanwhile
     * @param outdated called once, with the view, when another one has to be made; it must not block
     * @throws ImageException.FailedPrecondition when the database has images of its own, or is ahead of etcd, or when a
     *     damaged one has to stay
     * @throws ImageException.Unavailable when etcd does not answer, or the daemon stops
     */
    View open(boolean fills, ServingListener storing, BooleanSupplier stopped, Consumer<View> outdated) {
        ViewDatabase database = database();
        try {
            return view(database, fills, storing, stopped, outdated);
        } catch (DataLoss e) {
            if (!database.noteIfDamaged()) {
                throw e;
            }
        }
        return view(database(), fills, storing, stopped, outdated);
    }

    private ViewDatabase database() {
        return new ViewDatabase(databases.open(copied -> ClusterState.requireHas(client, keys, copied)));
    }

    private View view(
            ViewDatabase database,
            boolean fills,
            ServingListener storing,
            BooleanSupplier stopped,
            Consumer<View> outdated) {
        long whole;
        try {
            whole = new ViewStart(client, keys, unreadable, database, stopped).prepare(fills);
        } catch (RuntimeException | Error e) {
            database.met(e);
            database.close();
            throw e;
        }
        StoreEngine opened = StoreEngine.openView(database, cacheBytes, clock, retention, VIEW_LIMITS);
        try {
            opened.onServing(storing);
            opened.readAhead();
            return new View(client, keys, unreadable, database, opened, whole, clock, limits, outdated);
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }
}
