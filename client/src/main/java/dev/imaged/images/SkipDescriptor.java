package dev.imaged.images;

/**
 * Thrown by a {@link Handler}: the descriptor and all that comes under it are left out, its siblings go on. Not an
 * error; it carries no stack trace.
 */
public final class SkipDescriptor extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SkipDescriptor() {
        super("skip descriptor", null, false, false);
    }
}
