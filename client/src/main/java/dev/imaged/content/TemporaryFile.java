package dev.imaged.content;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that only its owner may read, and whose name is removed once it is open. The system frees it when it is
 * closed, or when the process ends in any way. It is written first and read then. Reading is thread-safe.
 */
final class TemporaryFile implements FileSource {
    private static final int CHUNK_BYTES = 64 * 1024;

    // Not a channel, which an interrupt of one reader would close for all of them.
    private final RandomAccessFile file;
    private long size;

    private TemporaryFile(RandomAccessFile file) {
        this.file = file;
    }

    static TemporaryFile create(Path folder) throws IOException {
        Path path = Files.createTempFile(folder, "imaged-", ".tar");
        try {
            return new TemporaryFile(new RandomAccessFile(path.toFile(), "rw"));
        } finally {
            Files.delete(path);
        }
    }

    /** Adds bytes at the end. */
    void write(byte[] bytes, int length) throws IOException {
        file.write(bytes, 0, length);
        size += length;
    }

    /** Returns a reader that shares the file; closing it closes nothing else. */
    @Override
    public ContentReader open() {
        return new Reader(size);
    }

    private int read(ByteBuffer target, long position) throws IOException {
        byte[] bytes = new byte[Math.min(target.remaining(), CHUNK_BYTES)];
        int count;
        synchronized (file) {
            file.seek(position);
            count = file.read(bytes);
        }
        if (count > 0) {
            target.put(bytes, 0, count);
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private final class Reader implements ContentReader {
        private final long size;
        private volatile boolean closed;

        Reader(long size) {
            this.size = size;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            if (closed) {
                throw new IOException("the reader is closed");
            }
            return TemporaryFile.this.read(target, position);
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
