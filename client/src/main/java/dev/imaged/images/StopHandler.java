package dev.imaged.images;

/**
 * Thrown by a {@link Handler}: no later handler of the sequence sees this descriptor; the results of the earlier
 * handlers are handled as usual. Not an error; it carries no stack trace.
 */
public final class StopHandler extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StopHandler() {
        super("stop handler", null, false, false);
    }
}
