package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Instant;

/**
 * A blob that lies in a file, which may hold more than it. Immutable and thread-safe.
 *
 * @param file the file
 * @param offset where in the file the blob begins, in bytes
 * @param size how many bytes it has
 * @param modified when it was last written, UTC
 */
record FileExtent(Path file, long offset, long size, Instant modified) {
    /** Opens the file anew: an interrupt of a thread that reads closes the channel, which then is that reader's only. */
    ContentReader open() throws IOException {
        return new Reader(FileChannel.open(file));
    }

    /**
     * Reads a small file that has no digest.
     *
     * @param name what a message calls it
     * @throws InvalidArgument when it has more than {@link Blobs#MAX_DOCUMENT_BYTES} bytes
     */
    byte[] readDocument(String name) throws IOException {
        if (size > Blobs.MAX_DOCUMENT_BYTES) {
            throw new InvalidArgument(
                    name + ": has " + size + " bytes, more than the " + Blobs.MAX_DOCUMENT_BYTES + " that are read");
        }
        try (InputStream in = new ReaderStream(open())) {
            return in.readAllBytes();
        }
    }

    private final class Reader implements ContentReader {
        private final FileChannel channel;

        Reader(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            if (position < 0) {
                throw new IllegalArgumentException("position " + position + " is negative");
            } else if (position >= size) {
                return -1;
            }
            ByteBuffer part = target.slice();
            part.limit((int) Math.min(part.limit(), size - position));
            int read = channel.read(part, offset + position);
            target.position(target.position() + Math.max(read, 0));
            return read;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
