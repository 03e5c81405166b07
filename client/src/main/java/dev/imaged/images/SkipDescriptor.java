package dev.imaged.images;

/**
 * Thrown by a {@link Handler}: the walk leaves out the descriptor and all descriptors under it, and goes on with its
 * siblings. Not an error; it carries no stack trace.
 */
public final class SkipDescriptor extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SkipDescriptor() {
        super("skip descriptor", null, false, false);
    }
}
