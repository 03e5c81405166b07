package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import io.grpc.Status;
import java.net.ConnectException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the errors of etcd mean. */
final class EtcdErrors {
    private static final String NO_LEADER = "etcdserver: no leader";
    private static final String COMPACTED = "required revision has been compacted";
    private static final String NO_SPACE = "database space exceeded";
    private static final String TOO_LARGE = "request is too large";

    private EtcdErrors() {}

    /** Whether a call has certainly changed nothing. Otherwise it may have, or may still do so. */
    static boolean isNotDone(Status status) {
        return switch (status.getCode()) {
            case INVALID_ARGUMENT,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    UNAUTHENTICATED,
                    RESOURCE_EXHAUSTED,
                    FAILED_PRECONDITION,
                    OUT_OF_RANGE,
                    UNIMPLEMENTED -> true;
            case UNAVAILABLE ->
                status.getCause() instanceof ConnectException || NO_LEADER.equals(status.getDescription());
            default -> false;
        };
    }

    /** Whether etcd is out of space. It may have carried the transaction out all the same, but will not any more. */
    static boolean isOutOfSpace(Status status) {
        return String.valueOf(status.getDescription()).contains(NO_SPACE);
    }

    /** Whether another member may answer a call that this one did not. */
    static boolean isOfMember(Status status) {
        return switch (status.getCode()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED, UNKNOWN, CANCELLED, INTERNAL -> true;
            default -> false;
        };
    }

    /** Whether a call asked for a revision that etcd does not keep any more. */
    static boolean isCompacted(Throwable error) {
        Status status = Status.fromThrowable(error);
        return status.getCode() == Status.Code.OUT_OF_RANGE
                && String.valueOf(status.getDescription()).contains(COMPACTED);
    }

    /** Returns the error for a caller whose request was certainly not carried out. */
    static ImageException notDone(Throwable error) {
        if (error instanceof ImageException known) {
            return known;
        }
        Status status = Status.fromThrowable(error);
        String description = String.valueOf(status.getDescription());
        if (description.contains(NO_SPACE)) {
            return new ImageException.ResourceExhausted(
                            "not stored: etcd is out of space: " + description + "; compact and defragment it", error)
                    .withReason("QUOTA_EXCEEDED", Map.of());
        } else if (description.contains(TOO_LARGE)) {
            return ImageException.ResourceExhausted.tooLarge(
                    "not stored: etcd does not take it: " + description, error);
        } else if (status.getCode() == Status.Code.RESOURCE_EXHAUSTED) {
            return ImageException.ResourceExhausted.tooBusy("not stored: etcd is busy: " + description, error);
        }
        return unavailable("etcd does not answer: " + text(status), error);
    }

    /** Returns the error for a caller whose write may have been stored. */
    static ImageException unknown(Throwable error) {
        return unavailable(
                "it is not known whether the write was stored: etcd does not answer: "
                        + text(Status.fromThrowable(error)) + "; read the image again",
                error);
    }

    static ImageException unavailable(String message, @Nullable Throwable cause) {
        return new ImageException.Unavailable(message, cause).withReason("NOT_SERVING", Map.of());
    }

    private static String text(Status status) {
        Throwable cause = status.getCause();
        String description = status.getDescription() == null ? status.getCode().toString() : status.getDescription();
        return cause == null ? description : description + ": " + cause.getMessage();
    }
}
