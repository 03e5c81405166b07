package dev.imaged.internal.wire;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.AsOf;
import dev.imaged.images.Cause;
import dev.imaged.images.Change;
import dev.imaged.images.Change.Commit;
import dev.imaged.images.Image;
import dev.imaged.images.Position;
import dev.imaged.images.VersionedImage;
import dev.imaged.internal.text.Excerpt;
import java.time.DateTimeException;
import java.time.Instant;

/** Both directions between the domain and the messages of the catalogue. */
public final class CatalogProtos {
    private CatalogProtos() {}

    /** Returns the message of a position. */
    public static dev.imaged.proto.v1.Position toProto(Position position) {
        return dev.imaged.proto.v1.Position.newBuilder()
                .setStore(position.store())
                .setRevision(position.revision())
                .build();
    }

    /** Returns the position of a message. */
    public static Position fromProto(dev.imaged.proto.v1.Position proto) {
        return new Position(proto.getStore(), proto.getRevision());
    }

    /** Returns the message of a moment. */
    public static dev.imaged.proto.v1.AsOf toProto(AsOf asOf) {
        dev.imaged.proto.v1.AsOf.Builder proto = dev.imaged.proto.v1.AsOf.newBuilder();
        Long revision = asOf.revision();
        Instant time = asOf.time();
        if (revision != null) {
            proto.setRevision(revision);
        } else if (time != null) {
            proto.setTime(ImageProtos.toProto(time));
        }
        return proto.build();
    }

    /**
     * Returns the moment of a message.
     *
     * @throws InvalidArgument when its revision is negative, or its time is out of range
     */
    public static AsOf fromProto(dev.imaged.proto.v1.AsOf proto) {
        return switch (proto.getMomentCase()) {
            case REVISION -> AsOf.revision(proto.getRevision());
            case TIME -> {
                try {
                    yield AsOf.time(ImageProtos.fromProto(proto.getTime()));
                } catch (DateTimeException e) {
                    throw new InvalidArgument("as_of.time of " + proto.getTime().getSeconds()
                            + " seconds is beyond what a time can hold");
                }
            }
            case MOMENT_NOT_SET -> AsOf.now();
        };
    }

    /** Returns the image of a message. */
    public static VersionedImage fromProto(dev.imaged.proto.v1.VersionedImage proto) {
        return new VersionedImage(
                proto.getNamespace(),
                ImageProtos.fromProto(proto.getImage()),
                proto.getRevision(),
                proto.getCreatedRevision());
    }

    /**
     * Returns the change of a message.
     *
     * @throws ImageException.Internal when its kind is not known, or one of its times cannot be represented
     */
    public static Change fromProto(dev.imaged.proto.v1.Change proto) {
        Commit commit = new Commit(proto.getRevision(), time(proto), proto.getNamespace(), fromProto(proto.getCause()));
        String name = proto.getName();
        long previous = proto.getPreviousRevision();
        Image before = proto.hasBefore() ? ImageProtos.fromProto(proto.getBefore()) : null;
        return switch (proto.getKind()) {
            case CREATE -> new Change.Created(commit, name, previous, ImageProtos.fromProto(proto.getAfter()));
            case UPDATE -> new Change.Updated(commit, name, previous, before, ImageProtos.fromProto(proto.getAfter()));
            case DELETE -> new Change.Deleted(commit, name, previous, before);
            default ->
                throw new ImageException.Internal(
                        "the change of image " + Excerpt.of(name) + " is of unknown kind " + proto.getKindValue(),
                        null);
        };
    }

    private static Instant time(dev.imaged.proto.v1.Change proto) {
        try {
            return ImageProtos.fromProto(proto.getTime());
        } catch (DateTimeException e) {
            throw new ImageException.Internal(
                    "the change of image " + Excerpt.of(proto.getName()) + " has a time out of range", e);
        }
    }

    /** Returns the cause of a message; an absent message is {@link Cause#UNKNOWN}. */
    public static Cause fromProto(dev.imaged.proto.v1.Cause proto) {
        return new Cause(proto.getActor(), proto.getRequestId(), proto.getReason(), proto.getUndoneRevision());
    }
}
