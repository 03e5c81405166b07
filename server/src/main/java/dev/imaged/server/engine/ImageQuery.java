package dev.imaged.server.engine;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A list that is ready to run, once. Its answer is an encoded {@code ListImagesResponse} of one atomic snapshot. */
public interface ImageQuery {
    /** Returns what is wrong with filters that cannot match, a line each; mostly nothing. */
    List<String> hints();

    /**
     * Returns the answer if an index gives it with few images, or memory with all of them.
     *
     * @return null when it takes more than the limits allow
     * @throws ImageException.ResourceExhausted when the answer would be larger than a message may be
     */
    @Nullable
    ByteString answerNow(AnswerLimits limits);

    /**
     * Returns the answer, whatever it takes.
     *
     * @param cancellation asked for each image and each part of a filter; what it throws ends the list
     * @throws ImageException.ResourceExhausted when the answer would be larger than a message may be
     */
    ByteString answer(Cancellation cancellation);
}
