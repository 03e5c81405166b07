package dev.imaged.internal.wire;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.imaged.errors.ImageException;
import io.grpc.Metadata;
import io.grpc.protobuf.ProtoUtils;

/**
 * The reason of an error in the trailers of a call, on both ends: a {@code google.rpc.ErrorInfo} of domain {@value #DOMAIN} in a
 * {@code google.rpc.Status} (AIP-193, "Errors").
 */
public final class ErrorDetails {
    static final String DOMAIN = "imaged.dev";

    /** The header that carries the status in full (gRPC, "Richer error model"). */
    static final Metadata.Key<Status> KEY =
            Metadata.Key.of("grpc-status-details-bin", ProtoUtils.metadataMarshaller(Status.getDefaultInstance()));

    /** The most characters of a detail, because a client accepts 8 KiB of trailers. */
    private static final int MAX_LENGTH = 256;

    private ErrorDetails() {}

    /** Adds the reason of an error to trailers, if the error has one. */
    public static void write(ImageException error, io.grpc.Status status, Metadata trailers) {
        if (!error.reason().isEmpty()) {
            ErrorInfo.Builder info = ErrorInfo.newBuilder().setReason(error.reason());
            error.details().forEach((key, value) -> info.putMetadata(key, shortened(value)));
            write(status, info, trailers);
        }
    }

    /** Adds a reason to the trailers of a call that failed, unless they have one. */
    public static void writeDefault(io.grpc.Status status, String reason, Metadata trailers) {
        if (!status.isOk() && !trailers.containsKey(KEY)) {
            write(status, ErrorInfo.newBuilder().setReason(reason), trailers);
        }
    }

    private static void write(io.grpc.Status status, ErrorInfo.Builder info, Metadata trailers) {
        trailers.put(
                KEY,
                Status.newBuilder()
                        .setCode(status.getCode().value())
                        .addDetails(Any.pack(info.setDomain(DOMAIN).build()))
                        .build());
    }

    /** Gives an error the reason that is in trailers, if there is one, and returns it. */
    static ImageException read(ImageException error, Metadata trailers) {
        Status status = trailers.get(KEY);
        if (status == null) {
            return error;
        }
        for (Any detail : status.getDetailsList()) {
            try {
                if (detail.is(ErrorInfo.class)) {
                    ErrorInfo info = detail.unpack(ErrorInfo.class);
                    return error.withReason(info.getReason(), info.getMetadataMap());
                }
            } catch (InvalidProtocolBufferException e) {
                return error; // the code and the message say what they can
            }
        }
        return error;
    }

    private static String shortened(String value) {
        return value.length() <= MAX_LENGTH ? value : value.substring(0, MAX_LENGTH) + "...";
    }
}
