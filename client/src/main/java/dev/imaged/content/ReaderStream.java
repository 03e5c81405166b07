package dev.imaged.content;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The bytes of a reader from the first to the last; closing it closes the reader. Not thread-safe. */
final class ReaderStream extends InputStream {
    private final ContentReader reader;
    private long position;

    ReaderStream(ContentReader reader) {
        this.reader = reader;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int wanted = (int) Math.min(length, reader.size() - position); // a source may not give more than it announced
        if (wanted == 0) {
            return length == 0 ? 0 : -1;
        }
        int read = reader.read(ByteBuffer.wrap(bytes, offset, wanted), position);
        position += Math.max(read, 0);
        return read;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
