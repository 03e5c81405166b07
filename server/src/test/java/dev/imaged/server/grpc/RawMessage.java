package dev.imaged.server.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Writes a message field by field, also as no program would that knows its type. */
final class RawMessage {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** What a field is written with. */
    private interface Write {
        void to(CodedOutputStream out) throws IOException;
    }

    RawMessage text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    RawMessage bytes(int field, byte[] value) {
        return write(out -> out.writeByteArray(field, value));
    }

    RawMessage message(int field, RawMessage value) {
        return bytes(field, value.toBytes());
    }

    RawMessage varint(int field, long value) {
        return write(out -> out.writeInt64(field, value));
    }

    RawMessage fixed64(int field, long value) {
        return write(out -> out.writeFixed64(field, value));
    }

    RawMessage fixed32(int field, int value) {
        return write(out -> out.writeFixed32(field, value));
    }

    RawMessage startGroup(int field) {
        return write(out -> out.writeTag(field, WireFormat.WIRETYPE_START_GROUP));
    }

    RawMessage endGroup(int field) {
        return write(out -> out.writeTag(field, WireFormat.WIRETYPE_END_GROUP));
    }

    RawMessage raw(int... values) {
        for (int value : values) {
            bytes.write(value);
        }
        return this;
    }

    RawMessage raw(byte[] values) {
        bytes.writeBytes(values);
        return this;
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }

    private RawMessage write(Write write) {
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            write.to(out);
            out.flush();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
