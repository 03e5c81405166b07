package dev.imaged.content;

import java.io.IOException;
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
