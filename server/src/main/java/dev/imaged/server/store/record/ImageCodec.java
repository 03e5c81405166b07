package dev.imaged.server.store.record;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.internal.wire.ImageProtos;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Both directions between an image and its stored value: the frame, two revisions, the message. */
public final class ImageCodec {
    private static final byte VERSION = 1;

    /** Where the message begins in a value. */
    public static final int MESSAGE_OFFSET = ValueFrame.HEADER_BYTES + 2 * Long.BYTES;

    /** The name comes first in a message: the tag of its field, its length, and its bytes. */
    private static final byte NAME_TAG = dev.imaged.proto.images.v1.Image.NAME_FIELD_NUMBER << 3 | 2;

    private static final int NAME_LENGTH_OFFSET = MESSAGE_OFFSET + 1;

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
        return trusted(value);
    }

    /** Returns the record of a value that was checked before. */
    public static EncodedRecord trusted(byte[] value) {
        ByteBuffer header = ByteBuffer.wrap(value);
        return new EncodedRecord(
                header.getLong(ValueFrame.HEADER_BYTES),
                header.getLong(ValueFrame.HEADER_BYTES + Long.BYTES),
                value,
                MESSAGE_OFFSET);
    }

    /** Returns how many bytes the message of a value takes. */
    public static int messageBytes(byte[] value) {
        return value.length - MESSAGE_OFFSET;
    }

    /** Whether the message of a value begins with the name in a key, as that of each record does that was written here. */
    public static boolean isOf(byte[] key, byte[] value) {
        return value.length > NAME_LENGTH_OFFSET
                && value[MESSAGE_OFFSET] == NAME_TAG
                && nameOffset(value) + nameLength(value) <= value.length
                && compareName(value, key, NamePosition.AFTER_NAMESPACE.in(key)) == 0;
    }

    /** Returns where the name begins in a value. */
    public static int nameOffset(byte[] value) {
        int offset = NAME_LENGTH_OFFSET;
        while (value[offset] < 0) {
            offset++;
        }
        return offset + 1;
    }

    /** Returns how many bytes the name in a value has. */
    public static int nameLength(byte[] value) {
        int length = 0;
        int shift = 0;
        int offset = NAME_LENGTH_OFFSET;
        for (; value[offset] < 0; offset++, shift += 7) {
            length |= (value[offset] & 0x7F) << shift;
        }
        return length | value[offset] << shift;
    }

    /** Compares the name in a value with the rest of a key, by their bytes. */
    public static int compareName(byte[] value, byte[] key, int offset) {
        int from = nameOffset(value);
        return Arrays.compareUnsigned(value, from, from + nameLength(value), key, offset, key.length);
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
