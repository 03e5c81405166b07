package dev.imaged.content;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of one blob, as the source has them: nothing is verified. Thread-safe; every call after {@link #close}
 * throws {@link IOException}.
 */
public interface ContentReader extends Closeable {
    /** Returns the size of the blob in bytes. */
    long size();

    /**
     * Reads bytes from a position of the blob on: at least one unless the target is full, at most as many as the target
     * takes.
     *
     * @param target where the bytes go, from its position to its limit
     * @param position where in the blob to start, in bytes
     * @return how many bytes were read, -1 when the position is at the end of the blob or after it
     * @throws IllegalArgumentException when the position is negative
     * @throws IOException when the source fails
     */
    int read(ByteBuffer target, long position) throws IOException;
}
