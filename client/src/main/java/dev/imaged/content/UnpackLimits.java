package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.ResourceExhausted;
import java.nio.file.Path;

/**
 * How much an archive may unpack to, and where. The limits hold for an archive that has to be copied before it can be
 * read, because it is compressed or comes from a stream, and for the sparse files of any archive. Immutable and
 * thread-safe.
 *
 * @param folder the folder of the copy: a file that only its owner may read, and that has no name once it is open, so
 *     that it ends with the process
 * @param maxBytes the most bytes that the copy may have
 * @param maxRatio how many times the size of the archive the copy may have, from {@value #FREE_BYTES} bytes on
 * @param advice a text that errors add, such as which options set the limits; empty for no text
 */
public record UnpackLimits(Path folder, long maxBytes, long maxRatio, String advice) {
    /** The bytes that every archive may unpack to, whatever its own size: a small file of zeros does no harm. */
    public static final long FREE_BYTES = 16 * 1024 * 1024;

    /** 64 GiB, 200 times the size of the archive, in the folder for temporary files of this JVM. */
    public static final UnpackLimits DEFAULT =
            new UnpackLimits(Path.of(System.getProperty("java.io.tmpdir")), 64L << 30, 200, "");

    /** @throws InvalidArgument when a bound is less than 1 */
    public UnpackLimits {
        requirePositive("maxBytes", maxBytes);
        requirePositive("maxRatio", maxRatio);
    }

    private static void requirePositive(String field, long value) {
        if (value < 1) {
            throw new InvalidArgument(field + " must be at least 1, is " + value);
        }
    }

    /**
     * Checks what an archive unpacks to.
     *
     * @param name the name of the archive in messages
     * @param packed how many bytes the archive has, as far as it was read
     * @param unpacked how many bytes came out
     * @throws ResourceExhausted when that is more than a limit, naming the limit
     */
    void require(String name, long packed, long unpacked) {
        if (unpacked > maxBytes) {
            throw exhausted(name + ": unpacks to more than " + maxBytes + " bytes, the limit of its unpacked size");
        } else if (unpacked > FREE_BYTES && unpacked / maxRatio > packed) {
            throw exhausted(name + ": unpacks to more than " + maxRatio + " times its size, the limit of the ratio");
        }
    }

    /** Returns an error with the advice. */
    ResourceExhausted exhausted(String message) {
        return new ResourceExhausted(message + (advice.isEmpty() ? "" : "; " + advice), null);
    }
}
