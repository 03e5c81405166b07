package dev.imaged.server.etcd;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.images.Image;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.proto.etcd.RangeRequest;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Whether a view and etcd have the same past. An etcd that was set back gives out revisions again: once it has more than the view, only
 * what it has under the last revision of the view tells that.
 */
final class Lineage {
    private Lineage() {}

    /**
     * Compares the newest change of a view with etcd, unless etcd has dropped that. For a thread that may wait.
     *
     * @throws FailedPrecondition when they differ
     * @throws dev.imaged.errors.ImageException.Unavailable when etcd does not answer
     */
    static void requireSame(EtcdClient client, EtcdKeys keys, Database view) {
        Change newest = view.read(snapshot -> ChangeLog.first(snapshot, Revisions.last(snapshot)));
        if (newest == null) {
            return;
        }
        RangeResponse then = read(client, keys, newest);
        if (then != null && !isSame(keys, newest, then)) {
            throw new FailedPrecondition("etcd is not what this daemon has followed: it has another commit of revision "
                    + newest.revision()
                    + ". If etcd was restored from a backup, delete its key life: the store then begins"
                    + " a new life, and all daemons take over what etcd has");
        }
    }

    /** Returns the image of a change as etcd had it then, null when that is dropped. */
    private static @Nullable RangeResponse read(EtcdClient client, EtcdKeys keys, Change change) {
        try {
            return client.range(RangeRequest.newBuilder()
                            .setKey(keys.image(ByteBuffer.wrap(Keys.image(change.namespace(), change.name()))))
                            .setRevision(change.revision())
                            .build())
                    .join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (EtcdErrors.isCompacted(cause)) {
                return null;
            }
            throw EtcdErrors.notDone(cause);
        }
    }

    private static boolean isSame(EtcdKeys keys, Change change, RangeResponse then) {
        if (then.getKvsCount() == 0) {
            return change.kind() == Change.Kind.DELETE;
        }
        KeyValue entry = then.getKvs(0);
        return entry.getModRevision() == change.revision() && hasImage(keys, entry, change.after());
    }

    /** Whether a key holds an image; none means that the view leaves it out. */
    private static boolean hasImage(EtcdKeys keys, KeyValue entry, byte[] after) {
        try {
            Image image = ImageEntry.image(keys, entry);
            return after.length > 0
                    && image.equals(ImageProtos.fromProto(dev.imaged.proto.images.v1.Image.parseFrom(after)));
        } catch (DataLoss e) {
            return after.length == 0;
        } catch (InvalidProtocolBufferException e) {
            throw new DataLoss("the newest change of the view cannot be decoded: " + e.getMessage(), e);
        }
    }
}
