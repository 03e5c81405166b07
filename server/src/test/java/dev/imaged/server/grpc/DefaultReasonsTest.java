package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.DescribeRequest;
import dev.imaged.proto.v1.DescribeResponse;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which reason an error of the catalogue has that was thrown without one. */
class DefaultReasonsTest {
    /** Returns the reason of an error that a caller gets. */
    private static String reason(Status status, Metadata trailers) {
        AtomicReference<ImageException> error = new AtomicReference<>();
        ServerCall<DescribeRequest, DescribeResponse> caller = new ServerCall<>() {
            @Override
            public void close(Status closed, Metadata with) {
                error.set(GrpcErrors.fromCall(closed, with));
            }

            @Override
            public void request(int count) {}

            @Override
            public void sendHeaders(Metadata headers) {}

            @Override
            public void sendMessage(DescribeResponse message) {}

            @Override
            public boolean isCancelled() {
                return false;
            }

            @Override
            public MethodDescriptor<DescribeRequest, DescribeResponse> getMethodDescriptor() {
                return CatalogGrpc.getDescribeMethod();
            }
        };
        new DefaultReasons().interceptCall(caller, new Metadata(), (call, headers) -> {
            call.close(status, trailers);
            return new ServerCall.Listener<>() {};
        });
        return error.get().reason();
    }

    @ParameterizedTest
    @CsvSource({
        "NOT_FOUND, NO_SUCH_IMAGE",
        "ALREADY_EXISTS, NAME_TAKEN",
        "ABORTED, CHANGED",
        "RESOURCE_EXHAUSTED, TOO_BUSY",
        "UNAVAILABLE, UNAVAILABLE", // not NOT_SERVING, which would move clients to another daemon
        "DATA_LOSS, DAMAGED",
        "INVALID_ARGUMENT, INVALID_ARGUMENT",
    })
    void itIsThatOfItsCode(Status.Code code, String reason) {
        assertEquals(reason, reason(code.toStatus(), new Metadata()));
    }

    @Test
    void aReasonStays() {
        ImageException error = new ImageException.Unavailable("x", null).withReason("VIEW_BEHIND", Map.of());

        assertEquals("VIEW_BEHIND", reason(Status.UNAVAILABLE, GrpcErrors.trailers(error)));
    }
}
