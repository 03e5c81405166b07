package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.images.Image;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.etcd.Event;
import dev.imaged.proto.etcd.Event.EventType;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.proto.etcd.v1.CommitMark;
import dev.imaged.proto.etcd.v1.KnownRequest;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Meta.LeftOut;
import dev.imaged.server.store.write.BatchTransaction;
import dev.imaged.server.store.write.Commit;
import dev.imaged.server.store.write.Committer.Replica;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All events of one revision, as a commit of the view. Immutable.
 *
 * @param mark the mark, which names the caller, null when the revision is not of a commit
 * @param namespace that of all images, empty when there are none
 * @param images what became of images
 * @param leftOut keys that the view leaves out
 * @param takenIn keys that the view may have left out, and does not any more
 * @param bytes about how much memory it takes
 */
record ReplicatedCommit(
        long revision,
        @Nullable CommitMark mark,
        String namespace,
        List<ReplicatedImage> images,
        List<LeftOut> leftOut,
        List<ByteString> takenIn,
        long bytes)
        implements Replica {
    private static final Logger log = LoggerFactory.getLogger(ReplicatedCommit.class);
    private static final long OVERHEAD_BYTES = 512;

    /**
     * What became of an image.
     *
     * @param name its name
     * @param image null when it was deleted, or is left out
     */
    record ReplicatedImage(String name, @Nullable Image image) {}

    /**
     * Returns the commit of the events of one revision. Images that cannot be read are left out, as if they were deleted.
     *
     * @param unreadable learns of them
     * @return empty when no daemon can have made it, because it changes several namespaces
     */
    static Optional<ReplicatedCommit> of(EtcdKeys keys, long revision, List<Event> events, UnreadableKeys unreadable) {
        CommitMark mark = null;
        String namespace = "";
        List<ReplicatedImage> images = new ArrayList<>();
        List<LeftOut> leftOut = new ArrayList<>();
        List<ByteString> takenIn = new ArrayList<>();
        long bytes = OVERHEAD_BYTES;
        for (Event event : events) {
            KeyValue entry = event.getKv();
            bytes += event.getSerializedSize();
            if (entry.getKey().equals(keys.mark())) {
                mark = mark(entry.getValue());
                if (mark == null) {
                    log.error("the mark of revision {} in etcd cannot be read: its caller is unknown", revision);
                }
            } else if (keys.isImage(entry.getKey())) {
                Image image = image(keys, event, unreadable, leftOut, takenIn);
                byte[] key = keys.storeKey(entry.getKey());
                if (image == null && !isKey(key)) {
                    continue;
                }
                if (!images.isEmpty() && !namespace.equals(Keys.namespace(key))) {
                    return Optional.empty();
                }
                namespace = Keys.namespace(key);
                images.add(new ReplicatedImage(Keys.name(key), image));
            }
        }
        return Optional.of(new ReplicatedCommit(revision, mark, namespace, images, leftOut, takenIn, bytes));
    }

    private static @Nullable Image image(
            EtcdKeys keys, Event event, UnreadableKeys unreadable, List<LeftOut> leftOut, List<ByteString> takenIn) {
        KeyValue entry = event.getKv();
        Image image = null;
        if (event.getType() == EventType.PUT) {
            try {
                image = ImageEntry.image(keys, entry);
            } catch (DataLoss e) {
                LeftOut unread = UnreadableKeys.leftOut(entry, e);
                if (unreadable.add(unread)) {
                    leftOut.add(unread);
                }
                return null;
            }
        }
        if (unreadable.remove(entry.getKey())) {
            takenIn.add(entry.getKey());
        }
        return image;
    }

    /** Whether it changes nothing in the view. */
    boolean isEmpty() {
        return images.isEmpty() && leftOut.isEmpty() && takenIn.isEmpty();
    }

    /** Whether a view can have an image of a key. */
    private static boolean isKey(byte[] key) {
        try {
            return Arrays.equals(Keys.image(ImageEntry.namespace(key), Keys.name(key)), key);
        } catch (DataLoss e) {
            return false;
        }
    }

    /** Returns the mark of a value, null when it is not what a daemon writes. */
    static @Nullable CommitMark mark(ByteString value) {
        try {
            CommitMark mark = CommitMark.parseFrom(value);
            ImageProtos.fromProto(mark.getTime());
            return mark;
        } catch (InvalidProtocolBufferException | DateTimeException e) {
            return null;
        }
    }

    /** Returns the request of a value. */
    static KnownRequest request(ByteString value, long revision) {
        try {
            return KnownRequest.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new DataLoss(
                    "a request id of revision " + revision + " in etcd cannot be decoded: " + e.getMessage(), e);
        }
    }

    /** Changes nothing if the view has a commit of the same or a later revision: then it has this one, too. */
    @Override
    public void apply(BatchTransaction transaction) {
        if (revision <= transaction.revision()) {
            return;
        }
        if (!images.isEmpty()) {
            applyImages(transaction);
        }
        takenIn.forEach(key -> transaction.takeIn(key.toByteArray()));
        leftOut.forEach(transaction::leaveOut);
    }

    private void applyImages(BatchTransaction transaction) {
        Commit commit = transaction.begin(namespace, cause(), time(), revision);
        for (ReplicatedImage replicated : images) {
            DecodedRecord before = transaction.find(namespace, replicated.name());
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
        return mark == null || !mark.hasTime() ? null : ImageProtos.fromProto(mark.getTime());
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
