package dev.imaged.content;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a tar, one entry after the other. The files between them are not read. The size of the headers is
 * bounded, because callers keep them in memory. Not thread-safe.
 */
final class TarHeaders {
    /** The most bytes of one entry's names, attributes and places of the bytes of a sparse file. */
    private static final long MAX_ENTRY_BYTES = 8L << 20;

    /** The most bytes of all entries: half a million of the shortest. */
    private static final long MAX_BYTES = 256L << 20;

    private final Bytes bytes;

    TarHeaders(ContentReader tar) {
        this.bytes = new Bytes(tar);
    }

    /**
     * Returns the next entry, null at the end. Each entry has a reader of its own, because one reader for all would
     * read the files that it skips. So attributes that a tar gives to all of its entries are lost; these are times and
     * comments.
     *
     * @throws IOException when the header is broken or too large
     */
    @Nullable
    TarArchiveEntry next() throws IOException {
        bytes.readBefore = bytes.read;
        return new TarArchiveInputStream(bytes).getNextEntry();
    }

    /** Returns how far the tar was read, in bytes: right after {@link #next}, this is where the bytes of the entry start. */
    long position() {
        return bytes.position;
    }

    /** Goes past the bytes of the entry. */
    void skip(long count) {
        long partOfRecord = count % TarConstants.DEFAULT_RCDSIZE;
        bytes.position += count + (partOfRecord == 0 ? 0 : TarConstants.DEFAULT_RCDSIZE - partOfRecord);
    }

    /** Reads a little ahead, because attributes are read byte by byte. */
    private static final class Bytes extends InputStream {
        private final ContentReader tar;
        private final ByteBuffer buffer =
                ByteBuffer.allocate(8 * TarConstants.DEFAULT_RCDSIZE).limit(0);
        private long bufferEnd;
        private long position;
        private long read;
        private long readBefore;

        Bytes(ContentReader tar) {
            this.tar = tar;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            } else if (!fill()) {
                return -1;
            }
            int count = Math.min(length, buffer.remaining());
            buffer.get(target, offset, count);
            position += count;
            read += count;
            requireAtMost(MAX_ENTRY_BYTES, read - readBefore, "the header of an entry has");
            requireAtMost(MAX_BYTES, read, "the headers of its entries have");
            return count;
        }

        /** Makes the buffer start at the position; returns whether there are any bytes. */
        private boolean fill() throws IOException {
            long start = bufferEnd - buffer.limit();
            if (position >= start && position < bufferEnd) {
                buffer.position((int) (position - start));
                return true;
            }
            buffer.clear();
            int count = tar.read(buffer, position);
            buffer.flip();
            bufferEnd = position + buffer.limit();
            return count > 0;
        }

        private static void requireAtMost(long limit, long bytes, String what) throws IOException {
            if (bytes > limit) {
                throw new IOException(what + " more than " + limit + " bytes");
            }
        }
    }
}
