package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.proto.etcd.RangeRequest;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.write.StoreFill;
import dev.imaged.server.store.write.StoreFill.Filled;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a database a view that can follow etcd: it stays as it is if etcd still has what comes next, and is filled otherwise. */
final class ViewStart {
    private static final Logger log = LoggerFactory.getLogger(ViewStart.class);

    /** Few enough for their values, and many because a page costs etcd a look at all keys that are left. */
    private static final int PAGE_KEYS = 1000;

    private final EtcdClient client;
    private final EtcdKeys keys;
    private final Database view;

    ViewStart(EtcdClient client, EtcdKeys keys, Database view) {
        this.client = client;
        this.keys = keys;
        this.view = view;
    }

    /**
     * Prepares the view. For a thread that may wait.
     *
     * @throws FailedPrecondition when the database has images of its own, or is ahead of etcd
     * @throws dev.imaged.errors.ImageException.Unavailable when etcd does not answer
     */
    void prepare() {
        ClusterState state = ClusterState.read(client, keys);
        boolean isUsable = view.read(snapshot -> {
            requireView(snapshot);
            Long base = Meta.base(snapshot);
            boolean isWhole = base != null && base != Meta.INCOMPLETE && state.isOf(snapshot);
            if (isWhole) {
                state.requireNotBehind(snapshot);
            }
            return isWhole;
        });
        if (isUsable && isKept(view.read(Revisions::last), state)) {
            return;
        }
        log.info("all images are read from etcd, as they are at revision {}", state.revision());
        StoreFill fill = new StoreFill(view);
        long count = fill(fill, state);
        fill.finish(state.life(), state.lastCommit());
        log.info("{} images were read from etcd", count);
    }

    private void requireView(Snapshot snapshot) {
        boolean hasChanges = snapshot.lastKey(Schema.CHANGES.entries()) != null;
        if (Meta.base(snapshot) == null && hasChanges) {
            throw new FailedPrecondition(view.description()
                    + " holds a store of its own, which --etcd would replace: name an empty folder, and move the images"
                    + " with imaged dump and imaged load");
        }
    }

    /** Whether etcd still has all changes behind a revision. */
    private boolean isKept(long revision, ClusterState state) {
        if (revision == state.lastCommit()) {
            return true;
        }
        try {
            client.range(RangeRequest.newBuilder()
                            .setKey(keys.mark())
                            .setRevision(revision + 1)
                            .build())
                    .join();
            return true;
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (EtcdErrors.isCompacted(cause)) {
                return false;
            }
            throw EtcdErrors.notDone(cause);
        }
    }

    private long fill(StoreFill fill, ClusterState state) {
        long count = 0;
        ByteString from = keys.images();
        RangeResponse page;
        do {
            page = ClusterState.await(client.range(RangeRequest.newBuilder()
                    .setKey(from)
                    .setRangeEnd(EtcdKeys.end(keys.images()))
                    .setLimit(PAGE_KEYS)
                    .setRevision(state.revision())
                    .build()));
            List<Filled> images = page.getKvsList().stream().map(this::filled).toList();
            if (!images.isEmpty()) {
                fill.add(images);
                ByteString last = page.getKvs(page.getKvsCount() - 1).getKey();
                from = last.concat(ByteString.copyFrom(new byte[1]));
            }
            count += images.size();
        } while (page.getMore());
        return count;
    }

    private Filled filled(KeyValue entry) {
        return new Filled(
                keys.storeKey(entry.getKey()),
                ReplicatedCommit.image(entry.getValue(), entry.getModRevision()),
                entry.getCreateRevision(),
                entry.getModRevision());
    }
}
