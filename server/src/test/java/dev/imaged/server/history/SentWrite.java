package dev.imaged.server.history;

import dev.imaged.images.Applied;
import dev.imaged.images.Image;
import dev.imaged.server.history.LogPiece.Name;
import org.jspecify.annotations.Nullable;

/**
 * A write, and what was answered.
 *
 * @param id what tells it in the log: the label {@value #LABEL} of the image, or the id of the request; a delete has nothing
 * @param name the name that is written; null for a request of several
 * @param sent when it was sent, in nanoseconds of the process
 * @param answered when it was answered
 * @param image the image of the answer to a write of one image
 * @param applied the answer to a request of several
 */
record SentWrite(
        String id,
        Kind kind,
        @Nullable Name name,
        long sent,
        long answered,
        Outcome outcome,
        @Nullable Image image,
        @Nullable Applied applied) {
    static final String LABEL = "write";

    enum Kind {
        PUT,
        DELETE,
        TRANSACTION
    }

    enum Outcome {
        ACKNOWLEDGED,
        REFUSED,
        /** There was no answer, and the daemon is gone that it was sent to. */
        UNKNOWN
    }
}
