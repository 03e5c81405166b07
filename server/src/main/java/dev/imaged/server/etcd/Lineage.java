package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.images.Image;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.v1.CommitMark;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Whether a view and etcd have the same past. An etcd that was set back gives out revisions again: once it has more than the view, only
 * what it has under the last revision of the view tells that: the mark of its commit, and the image.
 */
final class Lineage {
    private Lineage() {}

    /**
     * What a view knows of its last commit.
     *
     * @param revision that of the commit
     * @param base the last commit before its history starts
     * @param fill how the view was filled, null when that is not known
     * @param change the first change of the commit, null when that was before the history starts
     */
    record Newest(
            long revision,
            long base,
            Meta.@Nullable Fill fill,
            @Nullable Change change) {
        static Newest of(Snapshot view) {
            Long base = Meta.base(view);
            long revision = Revisions.last(view);
            return new Newest(revision, base == null ? 0 : base, Meta.fill(view), ChangeLog.first(view, revision));
        }

        /** Returns a revision at which a daemon made a commit: the last that is certain, because others write without a cause. */
        long committed() {
            return change == null || isWithoutCause(change) ? base : revision;
        }
    }

    /**
     * Compares the last commit of a view with etcd, as far as etcd has not dropped that. For a thread that may wait.
     *
     * @param newest that commit
     * @param state what etcd had after the view had it
     * @throws FailedPrecondition when they differ
     * @throws dev.imaged.errors.ImageException.Unavailable when etcd does not answer
     */
    static void requireSame(EtcdClient client, EtcdKeys keys, Newest newest, ClusterState state) {
        if (newest.revision() > 0 && !(hasMark(client, keys, newest, state) && hasChange(client, keys, newest))) {
            throw new FailedPrecondition("etcd is not what this daemon has followed: it has another commit of revision "
                    + newest.revision()
                    + ". If etcd was restored from a backup, delete its key life: the store then begins"
                    + " a new life, and all daemons take over what etcd has");
        }
    }

    /** Whether the last mark that etcd had at the last commit of a view is the one that the view knows. */
    private static boolean hasMark(EtcdClient client, EtcdKeys keys, Newest newest, ClusterState state) {
        if (state.lastCommit() < newest.committed()) {
            return false;
        } else if (state.lastCommit() <= newest.revision()) {
            return isSame(newest, state.lastCommit(), state.mark());
        }
        RangeResponse then = client.getAt(keys.mark(), newest.revision());
        if (then == null) {
            return true;
        }
        CommitMark mark = then.getKvsCount() == 0
                ? null
                : ReplicatedCommit.mark(then.getKvs(0).getValue());
        return isSame(newest, ClusterState.revision(then), mark == null ? CommitMark.getDefaultInstance() : mark);
    }

    /**
     * Whether a mark is that of the last commit of a view. The view may have a later time for it, because its times do not go back; etcd
     * that was set back has a later one than the view.
     */
    private static boolean isSame(Newest newest, long revision, CommitMark mark) {
        Change change = newest.change();
        Meta.Fill fill = newest.fill();
        if (change == null) {
            return revision == newest.base()
                    && (fill == null || fill.mark().length == 0 || Arrays.equals(fill.mark(), mark.toByteArray()));
        } else if (revision < newest.revision()) {
            return isWithoutCause(change);
        }
        return mark.getActor().equals(change.cause().actor())
                && mark.getRequestId().equals(change.cause().requestId())
                && !(mark.hasTime() && ImageProtos.fromProto(mark.getTime()).isAfter(change.time()));
    }

    /** Whether nobody is known to have made a change, as when another program did. */
    private static boolean isWithoutCause(Change change) {
        return change.cause().equals(Cause.UNKNOWN);
    }

    /** Whether etcd made the newest change of a view with its revision, unless it has dropped that. */
    private static boolean hasChange(EtcdClient client, EtcdKeys keys, Newest newest) {
        Change change = newest.change();
        if (change == null) {
            return true;
        }
        ByteString key = keys.image(ByteBuffer.wrap(Keys.image(change.namespace(), change.name())));
        RangeResponse then = client.getAt(key, change.revision());
        if (then == null) {
            return true;
        } else if (then.getKvsCount() > 0) {
            KeyValue entry = then.getKvs(0);
            return entry.getModRevision() == change.revision() && hasImage(keys, entry, change.after());
        }
        RangeResponse before = client.getAt(key, change.revision() - 1);
        return change.kind() == Change.Kind.DELETE && (before == null || before.getKvsCount() > 0);
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
