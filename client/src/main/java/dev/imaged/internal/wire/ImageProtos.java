package dev.imaged.internal.wire;

import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.images.UpdateMask;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.oci.Descriptor;
import java.time.DateTimeException;
import java.time.Instant;

/** Both directions between the domain and the messages of the Images API. */
public final class ImageProtos {
    private ImageProtos() {}

    /** Returns the message of an image, with all its fields. */
    public static dev.imaged.proto.images.v1.Image toProto(Image image) {
        return dev.imaged.proto.images.v1.Image.newBuilder()
                .setName(image.name())
                .putAllLabels(image.labels())
                .setTarget(toProto(image.target()))
                .setCreatedAt(toProto(image.createdAt()))
                .setUpdatedAt(toProto(image.updatedAt()))
                .build();
    }

    /**
     * Returns the image in the answer of a store.
     *
     * @throws ImageException.Internal when one of its times cannot be represented
     */
    public static Image fromProto(dev.imaged.proto.images.v1.Image proto) {
        try {
            return new Image(
                    proto.getName(),
                    proto.getLabelsMap(),
                    fromProto(proto.getTarget()),
                    fromProto(proto.getCreatedAt()),
                    fromProto(proto.getUpdatedAt()));
        } catch (DateTimeException e) {
            throw new ImageException.Internal("image " + Excerpt.of(proto.getName()) + " has a time out of range", e);
        }
    }

    /** Returns the image that a caller asks to write. Its times do not count, even when they are out of range. */
    public static Image fromRequest(dev.imaged.proto.images.v1.Image proto) {
        return new Image(proto.getName(), proto.getLabelsMap(), fromProto(proto.getTarget()));
    }

    /** Returns the message of a descriptor. */
    public static dev.imaged.proto.types.Descriptor toProto(Descriptor descriptor) {
        return dev.imaged.proto.types.Descriptor.newBuilder()
                .setMediaType(descriptor.mediaType())
                .setDigest(descriptor.digest())
                .setSize(descriptor.size())
                .putAllAnnotations(descriptor.annotations())
                .build();
    }

    /** Returns the descriptor of a message; an absent message is {@link Descriptor#EMPTY}. */
    public static Descriptor fromProto(dev.imaged.proto.types.Descriptor proto) {
        return new Descriptor(proto.getMediaType(), proto.getDigest(), proto.getSize(), proto.getAnnotationsMap());
    }

    /** Returns the message of a mask. */
    public static FieldMask toProto(UpdateMask mask) {
        return FieldMask.newBuilder().addAllPaths(mask.paths()).build();
    }

    /** Returns the mask of a message; an absent message and one without paths are {@link UpdateMask#all}. */
    public static UpdateMask fromProto(FieldMask proto) {
        return new UpdateMask(proto.getPathsList());
    }

    /** Returns the message of a time. */
    public static Timestamp toProto(Instant time) {
        return Timestamp.newBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano())
                .build();
    }

    /**
     * Returns the time of a message, normalised: nanoseconds outside 0 to 999,999,999 move the seconds.
     *
     * @throws DateTimeException when the seconds are beyond what {@link Instant} holds
     */
    public static Instant fromProto(Timestamp proto) {
        try {
            return Instant.ofEpochSecond(proto.getSeconds(), proto.getNanos());
        } catch (ArithmeticException e) {
            throw new DateTimeException(proto.getSeconds() + " seconds are beyond what a time can hold", e);
        }
    }
}
