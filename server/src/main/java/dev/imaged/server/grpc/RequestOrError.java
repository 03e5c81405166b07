package dev.imaged.server.grpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.imaged.errors.ImageException;
import dev.imaged.server.admission.CallMemoryLimiter;
import dev.imaged.server.admission.FieldCount;
import dev.imaged.server.engine.EncodedResponse;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;

/**
 * A request, or the reason why its bytes are not a request. A marshaller that throws would end the call with Unknown, and log
 * an error for a mistake of the client. So the failure travels to the handler as a value.
 *
 * @param <Q> the request
 */
interface RequestOrError<Q> {
    /**
     * Returns the request.
     *
     * @throws ImageException.Internal when the bytes are not such a message
     * @throws ImageException.ResourceExhausted when a message may not have as many
     */
    Q message();

    /** Returns the marshaller of a request type; it only decodes. */
    static <Q extends Message> Marshaller<RequestOrError<Q>> marshaller(Parser<Q> parser, Descriptor type) {
        Parser<Q> known = DiscardUnknownFieldsParser.wrap(parser);
        return new Marshaller<>() {
            @Override
            public InputStream stream(RequestOrError<Q> value) {
                return value.message().toByteString().newInput();
            }

            @Override
            public RequestOrError<Q> parse(InputStream stream) {
                try {
                    byte[] bytes = readAll(stream);
                    long inflated = stream instanceof KnownLength ? 0 : bytes.length;
                    if (!CallMemoryLimiter.current().takeDecoded(inflated, FieldCount.of(bytes, type))) {
                        throw ImageException.ResourceExhausted.tooBusy(
                                "the requests of others take the memory: try again later", null);
                    }
                    Q message = known.parseFrom(bytes);
                    return () -> message;
                } catch (IOException e) {
                    return failed(
                            new ImageException.Internal("grpc: error unmarshalling request: " + e.getMessage(), e));
                } catch (StatusRuntimeException e) {
                    // gRPC throws this at the end of a compressed message that grows too large. The words are those of
                    // a Go
                    // server.
                    return failed(ImageException.ResourceExhausted.tooLarge(
                            "grpc: received message after decompression larger than max ("
                                    + (EncodedResponse.MAX_BYTES + 1) + " vs. " + EncodedResponse.MAX_BYTES + ")",
                            e));
                } catch (ImageException e) {
                    return failed(e);
                }
            }
        };
    }

    /** Reads a message, without extra copies if its length is known. */
    private static byte[] readAll(InputStream stream) throws IOException {
        if (stream instanceof KnownLength) {
            return stream.readNBytes(stream.available());
        }
        return stream.readAllBytes();
    }

    private static <Q> RequestOrError<Q> failed(ImageException error) {
        return () -> {
            throw error;
        };
    }
}
