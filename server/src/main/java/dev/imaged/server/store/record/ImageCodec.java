package dev.imaged.server.store.record;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.internal.wire.ImageProtos;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Both directions between an image and its stored value: the frame, two revisions, the message. */
public final class ImageCodec {
    private static final byte VERSION = 1;
    private static final int MESSAGE_OFFSET = ValueFrame.HEADER_BYTES + 2 * Long.BYTES;

    private ImageCodec() {}

    /** Returns the record of an image. Equal images give equal bytes: labels and annotations are sorted. */
    public static EncodedRecord encode(byte[] key, Image image, long createdRevision, long modifiedRevision) {
        dev.imaged.proto.images.v1.Image proto = ImageProtos.toProto(image);
        byte[] value = new byte[MESSAGE_OFFSET + proto.getSerializedSize()];
        ByteBuffer.wrap(value)
                .putLong(ValueFrame.HEADER_BYTES, createdRevision)
                .putLong(ValueFrame.HEADER_BYTES + Long.BYTES, modifiedRevision);
        CodedOutputStream out = CodedOutputStream.newInstance(value, MESSAGE_OFFSET, value.length - MESSAGE_OFFSET);
        out.useDeterministicSerialization();
        try {
            proto.writeTo(out);
        } catch (IOException e) {
            throw new AssertionError("an array has the size that was computed", e);
        }
        return new EncodedRecord(
                createdRevision, modifiedRevision, ValueFrame.seal(VERSION, key, value), MESSAGE_OFFSET);
    }

    /**
     * Returns the record of a stored value.
     *
     * @throws ImageException.DataLoss when it is damaged, naming the image
     */
    public static EncodedRecord decode(byte[] key, byte[] value) {
        String problem = ValueFrame.problem(VERSION, key, value, MESSAGE_OFFSET);
        if (problem != null) {
            throw new ImageException.DataLoss(describe(key) + " " + problem, null);
        }
        ByteBuffer header = ByteBuffer.wrap(value);
        return new EncodedRecord(
                header.getLong(ValueFrame.HEADER_BYTES),
                header.getLong(ValueFrame.HEADER_BYTES + Long.BYTES),
                value,
                MESSAGE_OFFSET);
    }

    /**
     * Returns the image of a record.
     *
     * @throws ImageException.DataLoss when the message cannot be decoded
     */
    public static Image image(EncodedRecord record) {
        try {
            return ImageProtos.fromProto(dev.imaged.proto.images.v1.Image.parseFrom(record.message()));
        } catch (InvalidProtocolBufferException | ImageException.Internal e) { // Internal: a time out of range
            throw new ImageException.DataLoss("a stored image cannot be decoded: " + e.getMessage(), e);
        }
    }

    /** Names the image of a key. */
    public static String describe(byte[] key) {
        return "the record of image " + GoQuote.quote(Keys.name(key)) + " in namespace " + Keys.namespace(key);
    }
}
