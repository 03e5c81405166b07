package dev.imaged.server.admission;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import dev.imaged.errors.ImageException;
import java.io.IOException;

/**
 * Counts the fields of an encoded message, and of the messages in it, before it is decoded: a label of a few bytes becomes objects of
 * hundreds of bytes. Not thread-safe.
 */
public final class FieldCount {
    /** A label has three fields, a filter one. */
    private static final int MAX = 100_000;

    private int fields;

    private FieldCount() {}

    /**
     * Returns how many fields a message has, or how many there are before the first byte that cannot be decoded.
     *
     * @throws ImageException.ResourceExhausted when there are more than {@value #MAX}
     */
    public static int of(byte[] message, Descriptor type) {
        FieldCount count = new FieldCount();
        try {
            count.add(CodedInputStream.newInstance(message), type);
        } catch (IOException e) {
            // The decoder reports it.
        }
        return count.fields;
    }

    private void add(CodedInputStream in, Descriptor type) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
            fields += field == null ? 0 : 1; // unknown fields are not decoded
            if (fields > MAX) {
                throw ImageException.ResourceExhausted.tooLarge(
                        "the request has more than " + MAX + " fields: labels, annotations, filters or paths", null);
            }
            if (field != null
                    && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                    && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                int outer = in.pushLimit(in.readRawVarint32());
                add(in, field.getMessageType());
                in.popLimit(outer);
            } else if (!in.skipField(tag)) {
                return;
            }
        }
    }
}
