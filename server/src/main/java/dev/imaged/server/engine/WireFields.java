package dev.imaged.server.engine;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.WireFormat;
import java.io.IOException;

/** Fields of encoded messages. */
public final class WireFields {
    private WireFields() {}

    /** Returns a field that holds a message, whose bytes are not copied unless they are few. */
    public static ByteString message(int number, ByteString message) {
        int size = CodedOutputStream.computeTagSize(number) + CodedOutputStream.computeUInt32SizeNoTag(message.size());
        byte[] start = new byte[size];
        CodedOutputStream out = CodedOutputStream.newInstance(start);
        try {
            out.writeTag(number, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(message.size());
        } catch (IOException e) {
            throw new AssertionError("an array has the size that was computed", e);
        }
        return UnsafeByteOperations.unsafeWrap(start).concat(message);
    }
}
