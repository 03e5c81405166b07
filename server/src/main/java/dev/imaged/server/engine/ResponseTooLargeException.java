package dev.imaged.server.engine;

/** The images of a response take more bytes than one message may have. */
public final class ResponseTooLargeException extends RuntimeException {
    private final long bytes;
    private final long maxBytes;

    /**
     * Makes the error.
     *
     * @param bytes how many bytes the response would have at least
     * @param maxBytes how many it may have
     */
    public ResponseTooLargeException(long bytes, long maxBytes) {
        super("a response of " + bytes + " bytes, more than " + maxBytes);
        this.bytes = bytes;
        this.maxBytes = maxBytes;
    }

    /** Returns how many bytes the response would have at least. */
    public long bytes() {
        return bytes;
    }

    /** Returns how many bytes a response may have. */
    public long maxBytes() {
        return maxBytes;
    }
}
