package dev.imaged.server.engine;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;

/**
 * Encoded fields that hold a message. An encoded message is its fields in a row, so a field that holds stored bytes can stand next to
 * what the generated code encodes.
 */
public final class EncodedFields {
    private EncodedFields() {}

    /** Returns a field that holds a message. */
    public static ByteString field(int number, ByteString message) {
        byte[] field = new byte[CodedOutputStream.computeBytesSize(number, message)];
        try {
            CodedOutputStream.newInstance(field).writeBytes(number, message);
        } catch (IOException e) {
            throw new AssertionError("an array has the size that was computed", e);
        }
        return UnsafeByteOperations.unsafeWrap(field);
    }
}
