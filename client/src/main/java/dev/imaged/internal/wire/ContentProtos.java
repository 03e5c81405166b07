package dev.imaged.internal.wire;

import com.google.protobuf.FieldMask;
import dev.imaged.content.ContentInfo;
import dev.imaged.errors.ImageException;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.proto.content.v1.Info;
import dev.imaged.proto.content.v1.UpdateRequest;
import java.time.DateTimeException;
import java.util.Map;

/** Both directions between the domain and the messages of the Content API. */
public final class ContentProtos {
    private ContentProtos() {}

    /**
     * Returns the request that sets labels of a blob, removes labels whose value is empty, and leaves the others as
     * they are.
     */
    public static UpdateRequest toLabelRequest(String digest, Map<String, String> labels) {
        FieldMask.Builder mask = FieldMask.newBuilder();
        labels.keySet().forEach(key -> mask.addPaths("labels." + key));
        return UpdateRequest.newBuilder()
                .setInfo(Info.newBuilder().setDigest(digest).putAllLabels(labels))
                .setUpdateMask(mask)
                .build();
    }

    /** Returns the message of the info of a blob. */
    public static Info toProto(ContentInfo info) {
        return Info.newBuilder()
                .setDigest(info.digest())
                .setSize(info.size())
                .setCreatedAt(ImageProtos.toProto(info.createdAt()))
                .setUpdatedAt(ImageProtos.toProto(info.updatedAt()))
                .putAllLabels(info.labels())
                .build();
    }

    /**
     * Returns the info of a blob in the answer of a server.
     *
     * @throws ImageException.Internal when its size is negative or one of its times cannot be represented
     */
    public static ContentInfo fromProto(Info proto) {
        if (proto.getSize() < 0) {
            throw new ImageException.Internal(
                    "content " + Excerpt.of(proto.getDigest()) + " has the size " + proto.getSize(), null);
        }
        try {
            return new ContentInfo(
                    proto.getDigest(),
                    proto.getSize(),
                    ImageProtos.fromProto(proto.getCreatedAt()),
                    ImageProtos.fromProto(proto.getUpdatedAt()),
                    proto.getLabelsMap());
        } catch (DateTimeException e) {
            throw new ImageException.Internal("content " + proto.getDigest() + " has a time out of range", e);
        }
    }
}
