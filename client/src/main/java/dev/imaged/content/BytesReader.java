package dev.imaged.content;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Bytes in memory. */
final class BytesReader implements ContentReader {
    private final byte[] bytes;
    private volatile boolean closed;

    /** @param bytes the bytes, which must not change any more */
    BytesReader(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        if (closed) {
            throw new IOException("the reader is closed");
        } else if (position < 0) {
            throw new IllegalArgumentException("position " + position + " is negative");
        } else if (position >= bytes.length) {
            return -1;
        }
        int count = Math.min(target.remaining(), bytes.length - (int) position);
        target.put(bytes, (int) position, count);
        return count;
    }

    @Override
    public void close() {
        closed = true;
    }
}
