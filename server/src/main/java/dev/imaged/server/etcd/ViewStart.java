package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.FollowedStore;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a database a view that can follow etcd: it stays as it is if etcd still has what comes next, and is filled otherwise. */
final class ViewStart {
    private static final Logger log = LoggerFactory.getLogger(ViewStart.class);

    private final EtcdClient client;
    private final EtcdKeys keys;
    private final UnreadableKeys unreadable;
    private final Database view;
    private final BooleanSupplier stopped;

    /** @param stopped whether to give up */
    ViewStart(EtcdClient client, EtcdKeys keys, UnreadableKeys unreadable, Database view, BooleanSupplier stopped) {
        this.client = client;
        this.keys = keys;
        this.unreadable = unreadable;
        this.view = view;
        this.stopped = stopped;
    }

    /**
     * Prepares the view, and returns the revision up to which it has everything. For a thread with a deep stack that may wait.
     *
     * @param fills whether the view is filled in any case
     * @throws FailedPrecondition when the database has images of its own, or is ahead of etcd
     * @throws Unavailable when etcd does not answer, or the daemon stops
     */
    long prepare(boolean fills) {
        Long last = view.read(this::usable);
        UUID life = view.read(Meta::instanceId);
        if (last != null) {
            noteCopy(new FollowedStore(life, last)); // one that a restore made has no mark
        }
        ClusterState state = ClusterState.read(client, keys);
        if (!fills && last != null && state.isOf(life)) {
            state.requireNotBehind(last);
            Lineage.requireSame(client, keys, view.read(Lineage.Newest::of), state);
            if (last >= state.lastCommit() || isKept(last)) {
                view.read(snapshot -> {
                    unreadable.load(snapshot);
                    return snapshot;
                });
                return view.read(ViewStart::whole);
            }
        }
        return fill(state);
    }

    /** A view that is sound is followed even if the disk is full. */
    private void noteCopy(FollowedStore of) {
        try {
            view.noteCopy(of);
        } catch (Unavailable e) {
            log.warn("{}", e.getMessage());
        }
    }

    /** Fills the view. If there is no room, the damaged one that is kept makes way. */
    private long fill(ClusterState state) {
        try {
            return newFill().run(state);
        } catch (ResourceExhausted e) {
            if (!view.hasFailed() || !view.deleteKept()) { // otherwise etcd has no room
                throw e;
            }
            log.warn("the damaged view that was kept is deleted, because the disk is full: {}", e.getMessage());
            view.recover();
            return newFill().run(ClusterState.read(client, keys));
        }
    }

    private ViewFill newFill() {
        return new ViewFill(client, keys, unreadable, view, stopped, ViewFill.PAGE_TIME);
    }

    /**
     * Returns the last revision of a view that can go on, null when it has to be filled.
     *
     * @throws FailedPrecondition when it is not a view
     */
    private @Nullable Long usable(Snapshot snapshot) {
        Long base = Meta.base(snapshot);
        if (base == null && snapshot.lastKey(Schema.CHANGES.entries()) != null) {
            throw new FailedPrecondition(view.description()
                    + " holds a store of its own, which --etcd would replace: name an empty folder, and move the images"
                    + " with imaged import --from");
        }
        return base == null || base == Meta.INCOMPLETE ? null : Revisions.last(snapshot);
    }

    /** Returns the revision up to which a view has everything. */
    private static long whole(Snapshot snapshot) {
        Meta.Fill fill = Meta.fill(snapshot);
        return Math.max(Revisions.last(snapshot), fill == null ? 0 : fill.whole());
    }

    /** Whether etcd still has all changes behind a revision. */
    private boolean isKept(long revision) {
        return client.getAt(keys.mark(), revision + 1) != null;
    }
}
