package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;

/**
 * A blob in a file, which may hold more than the blob. Immutable and thread-safe.
 *
 * @param file the file
 * @param size how many bytes the blob has
 * @param modified when the blob was last written, UTC
 * @param segments where its bytes are, in ascending order of their positions; bytes in no segment are zeros
 */
record FileExtent(FileSource file, long size, Instant modified, List<Segment> segments) {
    FileExtent {
        segments = List.copyOf(segments);
    }

    /** A blob whose bytes are together, from an offset on. */
    FileExtent(FileSource file, long offset, long size, Instant modified) {
        this(file, size, modified, List.of(new Segment(0, offset, size)));
    }

    /**
     * Bytes of the blob that are together in the file.
     *
     * @param position where in the blob they start, in bytes
     * @param offset where in the file they start, in bytes
     * @param length how many bytes there are
     */
    record Segment(long position, long offset, long length) {
        long end() {
            return position + length;
        }
    }

    ContentReader open() throws IOException {
        return new Reader(file.open());
    }

    /**
     * Reads a small file that has no digest.
     *
     * @param name its name in messages
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
        private final ContentReader whole;

        Reader(ContentReader whole) {
            this.whole = whole;
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
            int next = firstAfter(position);
            ByteBuffer part = target.slice();
            if (next > 0 && position < segments.get(next - 1).end()) {
                Segment segment = segments.get(next - 1);
                part.limit((int) Math.min(part.limit(), segment.end() - position));
                int read = whole.read(part, segment.offset() + position - segment.position());
                target.position(target.position() + Math.max(read, 0));
                return read;
            }
            long end = next < segments.size() ? segments.get(next).position() : size;
            int zeros = (int) Math.min(part.limit(), end - position);
            target.put(new byte[zeros]);
            return zeros;
        }

        /** Returns the index of the first segment that starts after a position. */
        private int firstAfter(long position) {
            int low = 0;
            int high = segments.size();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (segments.get(middle).position() > position) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            return low;
        }

        @Override
        public void close() throws IOException {
            whole.close();
        }
    }
}
