package dev.imaged.internal.wire;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Code;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

/** Both directions between {@link ImageException} and gRPC's status. */
public final class GrpcErrors {
    /**
     * The most bytes of a message on the wire. It travels in the trailers, and grpc-java accepts 8 KiB of these in all:
     * with a longer message, such as one that quotes a name of megabytes, the caller would lose the code.
     */
    private static final int MAX_MESSAGE_BYTES = 4096;

    /** The part of these bytes for the end of a message, where the rule is. */
    private static final int END_BYTES = 256;

    private GrpcErrors() {}

    /** Returns the status that says the same as the error, with the middle of a very long message left out. */
    public static Status toStatus(ImageException error) {
        return Status.Code.valueOf(error.code().name())
                .toStatus()
                .withDescription(shortened(error.getMessage()))
                .withCause(error);
    }

    /**
     * Returns the error that says the same as a failed status.
     *
     * @param cause the cause of the status, kept as that of the error
     * @throws IllegalArgumentException when the status is OK
     */
    public static ImageException fromStatus(Status status, @Nullable Throwable cause) {
        String message = status.getDescription() == null ? status.getCode().name() : status.getDescription();
        if (status.isOk()) {
            throw new IllegalArgumentException("OK is not an error");
        }
        return ImageException.of(Code.valueOf(status.getCode().name()), message, cause);
    }

    /** Returns the error of a failed call, with the hints and the reason in its trailers. */
    public static ImageException fromCall(Status status, Metadata trailers) {
        ImageException error = fromStatus(status, status.getCause()).withHints(HintTrailer.read(trailers));
        return ErrorDetails.read(error, trailers);
    }

    /** Returns the error of a failed call that a stub reports, as {@link #fromCall(Status, Metadata)}. */
    public static ImageException fromCall(StatusRuntimeException error) {
        Metadata trailers = error.getTrailers();
        ImageException known = fromStatus(error.getStatus(), error);
        return trailers == null ? known : ErrorDetails.read(known.withHints(HintTrailer.read(trailers)), trailers);
    }

    /** Returns the trailers of a failed call: the hints and the reason of its error. */
    public static Metadata trailers(ImageException error) {
        Metadata trailers = HintTrailer.write(error.hints());
        ErrorDetails.write(error, toStatus(error), trailers);
        return trailers;
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

    /**
     * An upper bound: percent-encoded (gRPC over HTTP/2, "Responses"), a byte takes three, and a character has up to
     * three bytes.
     */
    private static int encodedLength(char c) {
        return c >= ' ' && c < 0x7F && c != '%' ? 1 : 9;
    }
}
