package dev.imaged.images;

/**
 * Thrown by a {@link Handler}: no further handler of the sequence sees this descriptor; what the handlers before it
 * returned is handled as usual. Not an error; it carries no stack trace.
 */
public final class StopHandler extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StopHandler() {
        super("stop handler", null, false, false);
    }
}
