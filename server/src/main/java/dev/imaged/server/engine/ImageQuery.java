package dev.imaged.server.engine;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A list that is ready to run, once. Its answer is an encoded {@code ListImagesResponse} of one atomic snapshot. */
public interface ImageQuery {
    /** Returns what is wrong with filters that cannot match, a line each; mostly nothing. */
    List<String> hints();

    /**
     * Runs it if an index serves it with few images, or memory with all of them, which a transport thread can afford.
     *
     * @param maxBytes how large an answer may be that is in memory; one by an index has a bound of its own
     * @return the answer, or null when it takes a {@link #run}
     * @throws ImageException.ResourceExhausted when the answer would be larger than a message may be
     */
    @Nullable
    ByteString runAtOnce(long maxBytes);

    /**
     * Runs it whatever it takes.
     *
     * @param abandoned asked again and again whether the answer is still wanted; if not, it ends early, with any answer or
     *     with Cancelled; what it throws ends the list, too
     * @throws ImageException.ResourceExhausted when the answer would be larger than a message may be
     */
    ByteString run(BooleanSupplier abandoned);
}
