package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.v1.Change.Kind;
import dev.imaged.proto.v1.Change.Match;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.engine.WireFields;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.Change;

/** Changes as messages of the catalogue. The bytes of the images are those of the change: they are neither copied nor decoded. */
final class ChangeProtos {
    private static final byte[] NOTHING = {};

    private ChangeProtos() {}

    /** The most bytes of images in a change, so that it fits into a message with the rest. */
    private static final int MAX_IMAGE_BYTES = EncodedResponse.MAX_BYTES - 64 * 1024;

    /** Returns an encoded {@code imaged.v1.Change}. */
    static ByteString encode(Change change) {
        return encode(change, Match.MATCH_UNSPECIFIED, true, common(change));
    }

    /** Returns the fields that a change has whatever it means to a watch, except the images. */
    static ByteString common(Change change) {
        dev.imaged.proto.v1.Change.Builder common = dev.imaged.proto.v1.Change.newBuilder()
                .setRevision(change.revision())
                .setTime(ImageProtos.toProto(change.time()))
                .setKind(kind(change.kind()))
                .setNamespace(change.namespace())
                .setName(change.name())
                .setPreviousRevision(change.previous());
        if (!change.cause().equals(Cause.UNKNOWN)) {
            common.setCause(dev.imaged.proto.v1.Cause.newBuilder()
                    .setActor(change.cause().actor())
                    .setRequestId(change.cause().requestId())
                    .setReason(change.cause().reason())
                    .setUndoneRevision(change.cause().undoneRevision()));
        }
        return common.build().toByteString();
    }

    /**
     * Returns an encoded {@code imaged.v1.Change}. A message is its fields in a row, so the images follow the rest.
     *
     * @param withBefore whether it has the image before; it is left out, too, where both images do not fit into a message
     * @param common the fields that are in all messages of the change
     */
    static ByteString encode(Change change, Match match, boolean withBefore, ByteString common) {
        boolean hasRoom = (long) change.before().length + change.after().length <= MAX_IMAGE_BYTES;
        return common.concat(dev.imaged.proto.v1.Change.newBuilder()
                        .setMatch(match)
                        .build()
                        .toByteString())
                .concat(field(
                        dev.imaged.proto.v1.Change.BEFORE_FIELD_NUMBER,
                        withBefore && hasRoom ? change.before() : NOTHING))
                .concat(field(dev.imaged.proto.v1.Change.AFTER_FIELD_NUMBER, change.after()));
    }

    private static Kind kind(Change.Kind kind) {
        return switch (kind) {
            case CREATE -> Kind.CREATE;
            case UPDATE -> Kind.UPDATE;
            case DELETE -> Kind.DELETE;
        };
    }

    /** Returns the field of an image, nothing when there is none. */
    private static ByteString field(int number, byte[] image) {
        return image.length == 0
                ? ByteString.EMPTY
                : WireFields.message(number, UnsafeByteOperations.unsafeWrap(image));
    }
}
