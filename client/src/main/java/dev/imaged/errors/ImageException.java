package dev.imaged.errors;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An error of an image store, typed by what the caller can do next. The types are the gRPC status codes
 * (grpc.io, "Status codes and their use in gRPC"), so that an error reads the same on both ends of a connection.
 *
 * <p>The message names the field, the value and the rule, for example {@code image "a": not found}.
 */
public abstract sealed class ImageException extends RuntimeException {
    private String[] hints = {};

    private ImageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Returns what the caller probably meant, or can do, each in a line; mostly nothing. */
    public final List<String> hints() {
        return List.of(hints);
    }

    /** Adds hints before the error is thrown, and returns it. */
    public final ImageException withHints(List<String> lines) {
        hints = lines.toArray(String[]::new);
        return this;
    }

    /** The call was given up by its caller. */
    public static final class Cancelled extends ImageException {
        public Cancelled(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The other end failed and does not say how. */
    public static final class Unknown extends ImageException {
        public Unknown(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** What was asked for is invalid whatever the store holds; asking again is of no use. */
    public static final class InvalidArgument extends ImageException {
        public InvalidArgument(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        /** Says {@code rule}, followed by the code's name. */
        public InvalidArgument(String rule) {
            this(rule + ": invalid argument", null);
        }
    }

    /** The deadline passed first; a write may have taken place. */
    public static final class DeadlineExceeded extends ImageException {
        public DeadlineExceeded(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** There is no such image, or not with that target. */
    public static final class NotFound extends ImageException {
        public NotFound(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        /** Says {@code what}, followed by the code's name. */
        public NotFound(String what) {
            this(what + ": not found", null);
        }
    }

    /** The name is taken. */
    public static final class AlreadyExists extends ImageException {
        public AlreadyExists(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        /** Says {@code what}, followed by the code's name. */
        public AlreadyExists(String what) {
            this(what + ": already exists", null);
        }
    }

    /** The caller may not do this. */
    public static final class PermissionDenied extends ImageException {
        public PermissionDenied(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** A limit is reached: a size, a queue or the disk. */
    public static final class ResourceExhausted extends ImageException {
        public ResourceExhausted(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The call lacks something that has to be there first, such as the namespace. */
    public static final class FailedPrecondition extends ImageException {
        public FailedPrecondition(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        /** Says {@code rule}, followed by the code's name. */
        public FailedPrecondition(String rule) {
            this(rule + ": failed precondition", null);
        }
    }

    /** A concurrent change got in between; the whole of what was attempted may be tried again. */
    public static final class Aborted extends ImageException {
        public Aborted(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** What was asked for lies past the end. */
    public static final class OutOfRange extends ImageException {
        public OutOfRange(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The other end does not have this call. */
    public static final class Unimplemented extends ImageException {
        public Unimplemented(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** A rule of the implementation is broken, or a message could not be decoded. */
    public static final class Internal extends ImageException {
        public Internal(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The store does not answer at the moment; the call may be tried again. */
    public static final class Unavailable extends ImageException {
        public Unavailable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** A record is damaged. */
    public static final class DataLoss extends ImageException {
        public DataLoss(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The caller did not say who it is. */
    public static final class Unauthenticated extends ImageException {
        public Unauthenticated(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
