package dev.imaged.server.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.imaged.errors.ImageException;
import dev.imaged.wire.GrpcErrors;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;

/**
 * A request, or why its bytes are none. A marshaller that throws would end the call with Unknown and log an error for
 * what a client did, so the failure travels to the handler as a value.
 *
 * @param <Q> the request
 */
interface Decoded<Q> {
    /**
     * Returns the request.
     *
     * @throws ImageException.Internal when the bytes are no such message
     * @throws ImageException.ResourceExhausted when they are more than a message may have
     */
    Q message();

    /** Returns the marshaller of a request type; it only decodes. */
    static <Q extends MessageLite> Marshaller<Decoded<Q>> marshaller(Parser<Q> parser) {
        return new Marshaller<>() {
            @Override
            public InputStream stream(Decoded<Q> value) {
                return value.message().toByteString().newInput();
            }

            @Override
            public Decoded<Q> parse(InputStream stream) {
                try {
                    CodedInputStream in = CodedInputStream.newInstance(stream);
                    Q message = parser.parseFrom(in);
                    in.checkLastTagWas(0);
                    return () -> message;
                } catch (IOException e) {
                    return failed(
                            new ImageException.Internal("grpc: error unmarshalling request: " + e.getMessage(), e));
                } catch (StatusRuntimeException e) {
                    // What gRPC throws at the end of a compressed message that grows too large.
                    return failed(GrpcErrors.fromStatus(e.getStatus(), e));
                }
            }
        };
    }

    private static <Q> Decoded<Q> failed(ImageException error) {
        return () -> {
            throw error;
        };
    }
}
