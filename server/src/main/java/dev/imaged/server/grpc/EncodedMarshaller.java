package dev.imaged.server.grpc;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Writes responses that are already encoded, without copying them. */
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

    /** {@link ByteString#writeTo(OutputStream)} copies all bytes first, so that a stream cannot change them. The stream of gRPC does not change them. */
    private static final class Drain extends ByteOutput {
        private final OutputStream target;

        Drain(OutputStream target) {
            this.target = target;
        }

        @Override
        public void write(byte value) throws IOException {
            target.write(value);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            target.write(bytes, offset, length);
        }

        @Override
        public void writeLazy(byte[] bytes, int offset, int length) throws IOException {
            target.write(bytes, offset, length);
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            target.write(copy);
        }

        @Override
        public void writeLazy(ByteBuffer bytes) throws IOException {
            write(bytes);
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
            UnsafeByteOperations.unsafeWriteTo(rest, new Drain(target));
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
