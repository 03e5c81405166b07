package dev.imaged.internal.wire;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.Status;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Violation;
import io.grpc.Metadata;
import io.grpc.protobuf.ProtoUtils;
import java.util.List;

/**
 * The reason of an error in the trailers of a call, on both ends: a {@code google.rpc.ErrorInfo} of domain {@value #DOMAIN} in a
 * {@code google.rpc.Status} (AIP-193, "Errors"). The conditions of a request that do not hold are a {@code
 * google.rpc.PreconditionFailure} next to it.
 */
public final class ErrorDetails {
    static final String DOMAIN = "imaged.dev";

    /** The header that carries the status in full (gRPC, "Richer error model"). */
    static final Metadata.Key<Status> KEY =
            Metadata.Key.of("grpc-status-details-bin", ProtoUtils.metadataMarshaller(Status.getDefaultInstance()));

    /** The most characters of a detail, because a client accepts 8 KiB of trailers. */
    private static final int MAX_LENGTH = 256;

    /** The most conditions that an error lists. */
    private static final int MAX_VIOLATIONS = 8;

    /** The most bytes of these conditions, for the same reason; those that do not fit are left out. */
    private static final int MAX_VIOLATION_BYTES = 1536;

    /** The most characters of the message, which the trailers hold a second time. */
    private static final int MAX_MESSAGE_LENGTH = 700;

    private ErrorDetails() {}

    /** Adds the reason of an error to trailers, if the error has one. */
    public static void write(ImageException error, io.grpc.Status status, Metadata trailers) {
        if (!error.reason().isEmpty()) {
            ErrorInfo.Builder info = ErrorInfo.newBuilder().setReason(error.reason());
            error.details().forEach((key, value) -> info.putMetadata(key, shortened(value)));
            write(status, info, error.violations(), trailers);
        }
    }

    /** Adds a reason to the trailers of a call that failed, unless they have one. */
    public static void writeDefault(io.grpc.Status status, String reason, Metadata trailers) {
        if (!status.isOk() && !trailers.containsKey(KEY)) {
            write(status, ErrorInfo.newBuilder().setReason(reason), List.of(), trailers);
        }
    }

    private static void write(
            io.grpc.Status status, ErrorInfo.Builder info, List<Violation> violations, Metadata trailers) {
        Status.Builder details = Status.newBuilder()
                .setCode(status.getCode().value())
                .setMessage(message(status))
                .addDetails(Any.pack(info.setDomain(DOMAIN).build()));
        if (!violations.isEmpty()) {
            details.addDetails(Any.pack(failure(violations)));
        }
        trailers.put(KEY, details.build());
    }

    private static PreconditionFailure failure(List<Violation> violations) {
        PreconditionFailure.Builder failure = PreconditionFailure.newBuilder();
        int bytes = 0;
        for (Violation violation : violations) {
            PreconditionFailure.Violation proto = PreconditionFailure.Violation.newBuilder()
                    .setType(violation.type())
                    .setSubject(shortened(violation.subject()))
                    .setDescription(shortened(violation.description()))
                    .build();
            bytes += proto.getSerializedSize();
            boolean isFirst = failure.getViolationsCount() == 0;
            if (failure.getViolationsCount() < MAX_VIOLATIONS && (isFirst || bytes <= MAX_VIOLATION_BYTES)) {
                failure.addViolations(proto);
            }
        }
        return failure.build();
    }

    /** Gives an error the reason and the conditions that are in trailers, if there are any, and returns it. */
    static ImageException read(ImageException error, Metadata trailers) {
        Status status;
        try {
            status = trailers.get(KEY);
        } catch (IllegalArgumentException e) { // not a status
            return error;
        }
        if (status == null) {
            return error;
        }
        for (Any detail : status.getDetailsList()) {
            try {
                if (detail.is(ErrorInfo.class)) {
                    ErrorInfo info = detail.unpack(ErrorInfo.class);
                    error.withReason(info.getReason(), info.getMetadataMap());
                } else if (detail.is(PreconditionFailure.class)) {
                    error.withViolations(detail.unpack(PreconditionFailure.class).getViolationsList().stream()
                            .map(proto -> new Violation(proto.getType(), proto.getSubject(), proto.getDescription()))
                            .toList());
                }
            } catch (InvalidProtocolBufferException e) {
                return error; // the code and the message say what they can
            }
        }
        return error;
    }

    /** A client in Go shows this message instead of the one in its own header. */
    private static String message(io.grpc.Status status) {
        String message = status.getDescription() == null ? "" : status.getDescription();
        return shortened(message, MAX_MESSAGE_LENGTH);
    }

    private static String shortened(String value) {
        return shortened(value, MAX_LENGTH);
    }

    private static String shortened(String value, int length) {
        return value.length() <= length ? value : value.substring(0, length) + "...";
    }
}
