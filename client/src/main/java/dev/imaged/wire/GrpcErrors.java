package dev.imaged.wire;

import dev.imaged.errors.ImageException;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** Both directions between {@link ImageException} and gRPC's status. */
public final class GrpcErrors {
    /**
     * The most bytes of a message on the wire. It travels in the trailers, of which grpc-java accepts 8 KiB in all: a
     * longer one, such as of a name of megabytes, would cost the caller the code.
     */
    private static final int MAX_MESSAGE_BYTES = 4096;

    /** How much of that is left for the end of a message, where the rule is. */
    private static final int END_BYTES = 256;

    private GrpcErrors() {}

    /** Returns the status that says the same as the error, with the middle of a very long message left out. */
    public static Status toStatus(ImageException error) {
        return code(error)
                .toStatus()
                .withDescription(shortened(error.getMessage()))
                .withCause(error);
    }

    /**
     * Returns the error that says the same as a failed status.
     *
     * @param cause what the status came with, kept as the cause
     * @throws IllegalArgumentException when the status is OK
     */
    public static ImageException fromStatus(Status status, @Nullable Throwable cause) {
        String message = status.getDescription() == null ? status.getCode().name() : status.getDescription();
        return switch (status.getCode()) {
            case OK -> throw new IllegalArgumentException("OK is no error");
            case CANCELLED -> new ImageException.Cancelled(message, cause);
            case UNKNOWN -> new ImageException.Unknown(message, cause);
            case INVALID_ARGUMENT -> new ImageException.InvalidArgument(message, cause);
            case DEADLINE_EXCEEDED -> new ImageException.DeadlineExceeded(message, cause);
            case NOT_FOUND -> new ImageException.NotFound(message, cause);
            case ALREADY_EXISTS -> new ImageException.AlreadyExists(message, cause);
            case PERMISSION_DENIED -> new ImageException.PermissionDenied(message, cause);
            case RESOURCE_EXHAUSTED -> new ImageException.ResourceExhausted(message, cause);
            case FAILED_PRECONDITION -> new ImageException.FailedPrecondition(message, cause);
            case ABORTED -> new ImageException.Aborted(message, cause);
            case OUT_OF_RANGE -> new ImageException.OutOfRange(message, cause);
            case UNIMPLEMENTED -> new ImageException.Unimplemented(message, cause);
            case INTERNAL -> new ImageException.Internal(message, cause);
            case UNAVAILABLE -> new ImageException.Unavailable(message, cause);
            case DATA_LOSS -> new ImageException.DataLoss(message, cause);
            case UNAUTHENTICATED -> new ImageException.Unauthenticated(message, cause);
        };
    }

    private static @Nullable String shortened(@Nullable String message) {
        if (message == null || encodedLength(message, 0, message.length()) <= MAX_MESSAGE_BYTES) {
            return message;
        }
        int start = 0;
        for (int bytes = 0; bytes < MAX_MESSAGE_BYTES - END_BYTES; start++) {
            bytes += encodedLength(message.charAt(start));
        }
        int end = message.length();
        for (int bytes = 0; bytes < END_BYTES; end--) {
            bytes += encodedLength(message.charAt(end - 1));
        }
        start -= Character.isHighSurrogate(message.charAt(start - 1)) ? 1 : 0;
        end += Character.isLowSurrogate(message.charAt(end)) ? 1 : 0;
        return message.substring(0, start) + "... (" + message.length() + " characters) ..." + message.substring(end);
    }

    private static long encodedLength(String message, int from, int to) {
        long bytes = 0;
        for (int i = from; i < to; i++) {
            bytes += encodedLength(message.charAt(i));
        }
        return bytes;
    }

    /** At most: percent-encoded (gRPC over HTTP/2, "Responses"), a byte takes three, and a character up to three bytes. */
    private static int encodedLength(char c) {
        return c >= ' ' && c < 0x7F && c != '%' ? 1 : 9;
    }

    private static Status.Code code(ImageException error) {
        if (error instanceof ImageException.Cancelled) {
            return Status.Code.CANCELLED;
        } else if (error instanceof ImageException.InvalidArgument) {
            return Status.Code.INVALID_ARGUMENT;
        } else if (error instanceof ImageException.DeadlineExceeded) {
            return Status.Code.DEADLINE_EXCEEDED;
        } else if (error instanceof ImageException.NotFound) {
            return Status.Code.NOT_FOUND;
        } else if (error instanceof ImageException.AlreadyExists) {
            return Status.Code.ALREADY_EXISTS;
        } else if (error instanceof ImageException.PermissionDenied) {
            return Status.Code.PERMISSION_DENIED;
        } else if (error instanceof ImageException.ResourceExhausted) {
            return Status.Code.RESOURCE_EXHAUSTED;
        } else if (error instanceof ImageException.FailedPrecondition) {
            return Status.Code.FAILED_PRECONDITION;
        } else if (error instanceof ImageException.Aborted) {
            return Status.Code.ABORTED;
        } else if (error instanceof ImageException.OutOfRange) {
            return Status.Code.OUT_OF_RANGE;
        } else if (error instanceof ImageException.Unimplemented) {
            return Status.Code.UNIMPLEMENTED;
        } else if (error instanceof ImageException.Internal) {
            return Status.Code.INTERNAL;
        } else if (error instanceof ImageException.Unavailable) {
            return Status.Code.UNAVAILABLE;
        } else if (error instanceof ImageException.DataLoss) {
            return Status.Code.DATA_LOSS;
        } else if (error instanceof ImageException.Unauthenticated) {
            return Status.Code.UNAUTHENTICATED;
        }
        return Status.Code.UNKNOWN;
    }
}
