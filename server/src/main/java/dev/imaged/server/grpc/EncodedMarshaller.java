package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Writes responses that are encoded already, without another copy. */
enum EncodedMarshaller implements Marshaller<ByteString> {
    INSTANCE;

    @Override
    public InputStream stream(ByteString value) {
        return new EncodedStream(value);
    }

    @Override
    public ByteString parse(InputStream stream) {
        try {
            return ByteString.readFrom(stream);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static final class EncodedStream extends InputStream implements KnownLength, Drainable {
        private ByteString rest;

        EncodedStream(ByteString value) {
            this.rest = value;
        }

        @Override
        public int drainTo(OutputStream target) throws IOException {
            int drained = rest.size();
            rest.writeTo(target);
            rest = ByteString.EMPTY;
            return drained;
        }

        @Override
        public int available() {
            return rest.size();
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] to, int offset, int length) {
            if (rest.isEmpty()) {
                return -1;
            }
            int count = Math.min(length, rest.size());
            rest.substring(0, count).copyTo(to, offset);
            rest = rest.substring(count);
            return count;
        }
    }
}
