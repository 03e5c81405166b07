package dev.imaged.content;

import dev.imaged.errors.ImageException.Cancelled;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Bytes that a decompressor reads. An error of their source is not one of what they hold, so it passes the decompressor by, as an
 * {@link UncheckedIOException}. An interrupt ends it with {@link Cancelled}. Closing it closes nothing. Not thread-safe.
 */
final class PackedStream extends BufferedInputStream {
    private static final int BUFFER_BYTES = 64 * 1024;

    /** @param what what a message calls that which is read */
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
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {}
    }
}
