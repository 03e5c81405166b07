package dev.imaged.content;

import dev.imaged.errors.ImageException.Cancelled;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bytes for a decompressor. When their source fails, the bytes are not at fault: the error passes the decompressor by as a
 * {@link SourceFailure}, which the decompressor does not catch. An interrupt ends the stream with {@link Cancelled}. Closing
 * it closes nothing. Not thread-safe.
 */
final class PackedStream extends BufferedInputStream {
    private static final int BUFFER_BYTES = 64 * 1024;

    /** The source could not be read. */
    static final class SourceFailure extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final IOException reason;

        SourceFailure(IOException reason) {
            super(reason);
            this.reason = reason;
        }

        /** Returns the error of the source. */
        IOException reason() {
            return reason;
        }
    }

    /** @param what the name of the source in messages */
    PackedStream(InputStream source, String what) {
        super(new Source(source, what), BUFFER_BYTES);
    }

    private static final class Source extends FilterInputStream {
        private final String what;

        Source(InputStream in, String what) {
            super(in);
            this.what = what;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (Thread.currentThread().isInterrupted()) {
                throw new Cancelled("reading the " + what + " was interrupted", null);
            }
            try {
                return in.read(bytes, offset, length);
            } catch (IOException e) {
                throw new SourceFailure(e);
            }
        }

        @Override
        public void close() {}
    }
}
