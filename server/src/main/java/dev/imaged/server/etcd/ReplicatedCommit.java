package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.images.Image;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.etcd.Event;
import dev.imaged.proto.etcd.Event.EventType;
import dev.imaged.proto.etcd.v1.CommitMark;
import dev.imaged.proto.etcd.v1.KnownRequest;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.write.BatchTransaction;
import dev.imaged.server.store.write.Commit;
import dev.imaged.server.store.write.Committer.Replica;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All events of one revision, as a commit of the view. Immutable.
 *
 * @param mark who made the commit, null when the revision is not of a commit
 * @param images what became of images
 * @param bytes about how much memory it takes
 */
record ReplicatedCommit(long revision, @Nullable CommitMark mark, List<ReplicatedImage> images, long bytes)
        implements Replica {
    private static final long OVERHEAD_BYTES = 512;

    /**
     * What became of an image.
     *
     * @param key its key in the store
     * @param image null when it was deleted
     */
    record ReplicatedImage(byte[] key, @Nullable Image image) {}

    /**
     * Returns the commit of the events of one revision.
     *
     * @throws DataLoss when a value is not what a daemon writes
     */
    static ReplicatedCommit of(EtcdKeys keys, long revision, List<Event> events) {
        CommitMark mark = null;
        List<ReplicatedImage> images = new ArrayList<>();
        long bytes = OVERHEAD_BYTES;
        for (Event event : events) {
            ByteString key = event.getKv().getKey();
            bytes += event.getSerializedSize();
            if (keys.isImage(key)) {
                boolean isDeleted = event.getType() == EventType.DELETE;
                images.add(new ReplicatedImage(
                        keys.storeKey(key),
                        isDeleted ? null : image(event.getKv().getValue(), revision)));
            } else if (key.equals(keys.mark())) {
                mark = mark(event.getKv().getValue(), revision);
            }
        }
        return new ReplicatedCommit(revision, mark, images, bytes);
    }

    /** Returns the image of a value. */
    static Image image(ByteString value, long revision) {
        try {
            return ImageProtos.fromProto(dev.imaged.proto.images.v1.Image.parseFrom(value));
        } catch (InvalidProtocolBufferException e) {
            throw undecodable(revision, e);
        }
    }

    /** Returns the mark of a value. */
    static CommitMark mark(ByteString value, long revision) {
        try {
            return CommitMark.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw undecodable(revision, e);
        }
    }

    /** Returns the request of a value. */
    static KnownRequest request(ByteString value, long revision) {
        try {
            return KnownRequest.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw undecodable(revision, e);
        }
    }

    private static DataLoss undecodable(long revision, InvalidProtocolBufferException error) {
        return new DataLoss(
                "a value of revision " + revision + " in etcd cannot be decoded: " + error.getMessage(), error);
    }

    /** A commit that the view has already is left out. */
    @Override
    public void apply(BatchTransaction transaction) {
        if (images.isEmpty() || revision <= transaction.revision()) {
            return;
        }
        Commit commit = transaction.begin(Keys.namespace(images.get(0).key()), cause(), time(), revision);
        for (ReplicatedImage replicated : images) {
            DecodedRecord before = transaction.find(Keys.namespace(replicated.key()), Keys.name(replicated.key()));
            Image image = replicated.image();
            if (before == null) {
                if (image != null) {
                    commit.create(image);
                }
            } else if (image == null) {
                commit.delete(before);
            } else {
                commit.update(before, image);
            }
        }
        commit.write();
    }

    private @Nullable Instant time() {
        return mark == null ? null : ImageProtos.fromProto(mark.getTime());
    }

    private Cause cause() {
        return mark == null
                ? Cause.UNKNOWN
                : new Cause(
                        mark.getActor(),
                        mark.getRequestId(),
                        mark.getRequestHash(),
                        mark.getReason(),
                        mark.getUndoneRevision());
    }
}
