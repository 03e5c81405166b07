package dev.imaged.server.engine;

import com.google.protobuf.ByteString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A list that is ready to run, once. Its answer is an encoded {@code ListImagesResponse} of one atomic snapshot. */
public interface ImageQuery {
    /** Returns what is wrong with filters that cannot match, a line for each; mostly nothing. */
    List<String> hints();

    /**
     * Returns the answer if an index selects few images, or all images are in memory.
     *
     * @return null when it takes more than the limits allow
     * @throws ResponseTooLargeException when the answer would be larger than a message may be
     */
    @Nullable
    ByteString answerNow(AnswerLimits limits);

    /**
     * Returns the answer, however much work it is.
     *
     * @param cancellation asked at each image and each part of a filter; its exception ends the list
     * @throws ResponseTooLargeException when the answer would be larger than a message may be
     */
    ByteString answer(Cancellation cancellation);
}
