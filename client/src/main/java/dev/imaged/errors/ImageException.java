package dev.imaged.errors;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An error of an image store, typed by what the caller can do next. The types are the gRPC status codes
 * (grpc.io, "Status codes and their use in gRPC"), so that an error reads the same on both ends of a connection.
 *
 * <p>The message names the field, the value and the rule, for example {@code image "a": not found}. As in containerd, a
 * message of {@link InvalidArgument}, {@link NotFound}, {@link AlreadyExists} and {@link FailedPrecondition} ends with the
 * name of its code: their constructors add the name where it is missing. The messages of the other types, and those that
 * {@link #of} gets, stand as they are.
 */
public abstract sealed class ImageException extends RuntimeException {
    private String[] hints = {};
    private String reason = "";
    private Map<String, String> details = Map.of();
    private Violation[] violations = {};

    private ImageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The type of an error as a value: the failures among the status codes of gRPC, under the same names. */
    public enum Code {
        CANCELLED,
        UNKNOWN,
        INVALID_ARGUMENT,
        DEADLINE_EXCEEDED,
        NOT_FOUND,
        ALREADY_EXISTS,
        PERMISSION_DENIED,
        RESOURCE_EXHAUSTED,
        FAILED_PRECONDITION,
        ABORTED,
        OUT_OF_RANGE,
        UNIMPLEMENTED,
        INTERNAL,
        UNAVAILABLE,
        DATA_LOSS,
        UNAUTHENTICATED
    }

    /**
     * A condition of a request that does not hold.
     *
     * @param type {@code REVISION}, {@code DIGEST}, {@code ABSENT} or {@code EXISTS}
     * @param subject the name of the image
     * @param description what the image has, and what the condition asks for
     */
    public record Violation(String type, String subject, String description) {}

    /** A message that another program has worded: nothing is added. */
    private record Verbatim(String text) {}

    /** Returns the error of a code whose message stands as it is, such as one that another store sent. */
    public static ImageException of(Code code, String message, @Nullable Throwable cause) {
        return switch (code) {
            case CANCELLED -> new Cancelled(message, cause);
            case UNKNOWN -> new Unknown(message, cause);
            case INVALID_ARGUMENT -> new InvalidArgument(new Verbatim(message), cause);
            case DEADLINE_EXCEEDED -> new DeadlineExceeded(message, cause);
            case NOT_FOUND -> new NotFound(new Verbatim(message), cause);
            case ALREADY_EXISTS -> new AlreadyExists(new Verbatim(message), cause);
            case PERMISSION_DENIED -> new PermissionDenied(message, cause);
            case RESOURCE_EXHAUSTED -> new ResourceExhausted(message, cause);
            case FAILED_PRECONDITION -> new FailedPrecondition(new Verbatim(message), cause);
            case ABORTED -> new Aborted(message, cause);
            case OUT_OF_RANGE -> new OutOfRange(message, cause);
            case UNIMPLEMENTED -> new Unimplemented(message, cause);
            case INTERNAL -> new Internal(message, cause);
            case UNAVAILABLE -> new Unavailable(message, cause);
            case DATA_LOSS -> new DataLoss(message, cause);
            case UNAUTHENTICATED -> new Unauthenticated(message, cause);
        };
    }

    /** Returns the type of this error as a value. */
    public abstract Code code();

    /** Returns what the caller probably meant, or can do, each in a line; mostly nothing. */
    public final List<String> hints() {
        return List.of(hints);
    }

    /** Adds hints before the error is thrown, and returns it. */
    public final ImageException withHints(List<String> lines) {
        hints = lines.toArray(String[]::new);
        return this;
    }

    /** Returns the reason as a word for programs, such as {@code REVISION_DROPPED}; empty when the code says enough. */
    public final String reason() {
        return reason;
    }

    /** Returns what belongs to the reason, such as the name of an image under {@code name}; mostly nothing. */
    public final Map<String, String> details() {
        return details;
    }

    /** Adds a reason before the error is thrown, and returns it. */
    public final ImageException withReason(String word, Map<String, String> belonging) {
        reason = word;
        details = Map.copyOf(belonging);
        return this;
    }

    /**
     * Whether the same call may succeed if it is sent again later: the other end did not answer, or is busy. A write may have taken
     * place all the same, so only one with a request id is safe to send again.
     */
    public final boolean isRetryable() {
        return code() == Code.UNAVAILABLE || reason.equals("TOO_BUSY");
    }

    /** Returns the conditions of the request that do not hold, as far as the error lists them; mostly none. */
    public final List<Violation> violations() {
        return List.of(violations);
    }

    /** Adds conditions that do not hold before the error is thrown, and returns it. */
    public final ImageException withViolations(List<Violation> conditions) {
        violations = conditions.toArray(Violation[]::new);
        return this;
    }

    private static String ending(String message, String name) {
        return message.endsWith(": " + name) ? message : message + ": " + name;
    }

    /** The caller cancelled the call, or the thread that waits for it was interrupted. */
    public static final class Cancelled extends ImageException {
        public Cancelled(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public Code code() {
            return Code.CANCELLED;
        }
    }

    /** The other end failed and does not say how. */
    public static final class Unknown extends ImageException {
        public Unknown(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public Code code() {
            return Code.UNKNOWN;
        }
    }

    /** The request is invalid whatever the store holds: the same request fails again. */
    public static final class InvalidArgument extends ImageException {
        private static final String NAME = "invalid argument";

        public InvalidArgument(String message) {
            this(message, null);
        }

        public InvalidArgument(String message, @Nullable Throwable cause) {
            super(ending(message, NAME), cause);
        }

        private InvalidArgument(Verbatim message, @Nullable Throwable cause) {
            super(message.text(), cause);
        }

        @Override
        public Code code() {
            return Code.INVALID_ARGUMENT;
        }
    }

    /** The deadline passed first; a write may have taken place. */
    public static final class DeadlineExceeded extends ImageException {
        public DeadlineExceeded(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public Code code() {
            return Code.DEADLINE_EXCEEDED;
        }
    }

    /** There is no such image, or it has another target. */
    public static final class NotFound extends ImageException {
        private static final String NAME = "not found";

        public NotFound(String message) {
            this(message, null);
        }

        public NotFound(String message, @Nullable Throwable cause) {
            super(ending(message, NAME), cause);
        }

        private NotFound(Verbatim message, @Nullable Throwable cause) {
            super(message.text(), cause);
        }

        @Override
        public Code code() {
            return Code.NOT_FOUND;
        }
    }

    /** The name is taken. */
    public static final class AlreadyExists extends ImageException {
        private static final String NAME = "already exists";

        public AlreadyExists(String message) {
            this(message, null);
        }

        public AlreadyExists(String message, @Nullable Throwable cause) {
            super(ending(message, NAME), cause);
        }

        private AlreadyExists(Verbatim message, @Nullable Throwable cause) {
            super(message.text(), cause);
        }

        @Override
        public Code code() {
            return Code.ALREADY_EXISTS;
        }
    }

    /** The caller may not do this. */
    public static final class PermissionDenied extends ImageException {
        public PermissionDenied(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public Code code() {
            return Code.PERMISSION_DENIED;
        }
    }

    /** A limit is reached: a size, a queue or the disk. */
    public static final class ResourceExhausted extends ImageException {
        /** Returns the error of a request that is not taken now, and may be later: its reason is {@code TOO_BUSY}. */
        public static ImageException tooBusy(String message, @Nullable Throwable cause) {
            return new ResourceExhausted(message, cause).withReason("TOO_BUSY", Map.of());
        }

        /** Returns the error of a request that is never taken as it is: its reason is {@code TOO_LARGE}. */
        public static ImageException tooLarge(String message, @Nullable Throwable cause) {
            return new ResourceExhausted(message, cause).withReason("TOO_LARGE", Map.of());
        }

        public ResourceExhausted(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public Code code() {
            return Code.RESOURCE_EXHAUSTED;
        }
    }

    /** The call lacks something that has to be there first, such as the namespace. */
    public static final class FailedPrecondition extends ImageException {
        private static final String NAME = "failed precondition";

        public FailedPrecondition(String message) {
            this(message, null);
        }

        public FailedPrecondition(String message, @Nullable Throwable cause) {
            super(ending(message, NAME), cause);
        }

        private FailedPrecondition(Verbatim message, @Nullable Throwable cause) {
            super(message.text(), cause);
        }

        @Override
        public Code code() {
            return Code.FAILED_PRECONDITION;
        }
    }

    /** A concurrent change came first; the whole operation may be tried again. */
    public static final class Aborted extends ImageException {
        public Aborted(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public Code code() {
            return Code.ABORTED;
        }
    }

    /** The request goes past the end. */
    public static final class OutOfRange extends ImageException {
        public OutOfRange(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public Code code() {
            return Code.OUT_OF_RANGE;
        }
    }

    /** The other end does not have this call. */
    public static final class Unimplemented extends ImageException {
        public Unimplemented(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public Code code() {
            return Code.UNIMPLEMENTED;
        }
    }

    /** The implementation broke one of its own rules, or a message could not be decoded. */
    public static final class Internal extends ImageException {
        public Internal(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public Code code() {
            return Code.INTERNAL;
        }
    }

    /** The store does not answer at the moment; the call may be tried again. */
    public static final class Unavailable extends ImageException {
        public Unavailable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public Code code() {
            return Code.UNAVAILABLE;
        }
    }

    /** A record is damaged. */
    public static final class DataLoss extends ImageException {
        public DataLoss(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public Code code() {
            return Code.DATA_LOSS;
        }
    }

    /** The caller did not say who it is. */
    public static final class Unauthenticated extends ImageException {
        public Unauthenticated(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public Code code() {
            return Code.UNAUTHENTICATED;
        }
    }
}
