package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.proto.images.v1.ImagesGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A client that sends whatever bytes it is given, as often as it is told, with any headers. */
public final class RawClient implements AutoCloseable {
    private static final int MAX_ANSWER = 32 << 20;

    private final ManagedChannel channel;

    public RawClient(String address) {
        this(Grpc.newChannelBuilder(
                        address.startsWith("unix:") ? address : "dns:///" + address,
                        InsecureChannelCredentials.create())
                .overrideAuthority("localhost")
                .maxInboundMessageSize(MAX_ANSWER)
                .disableRetry()
                .build());
    }

    /** Calls over a channel, which is closed with the client. */
    public RawClient(ManagedChannel channel) {
        this.channel = channel;
    }

    /** What came back. */
    public record Answer(Status status, Metadata headers, byte[] body, Metadata trailers) {
        public Status.Code code() {
            return status.getCode();
        }

        /** Checks the code, and that the message says this. */
        public void requireFailure(Status.Code code, String text) {
            assertEquals(code, status.getCode(), status.toString());
            assertTrue(String.valueOf(status.getDescription()).contains(text), status.toString());
        }

        /** Checks that the call went well and returns its body. */
        public byte[] requireOk() {
            assertTrue(status.isOk(), status.toString());
            return body;
        }

        /** Checks that the call went well and returns its message. */
        public <M> M requireOk(Parser<M> parser) {
            try {
                return parser.parseFrom(requireOk());
            } catch (InvalidProtocolBufferException e) {
                throw new AssertionError("the answer is no message", e);
            }
        }
    }

    /** Calls a method of the Images API; no namespace when it is null. */
    public Answer call(String method, String namespace, MessageLite request) {
        return call(method, namespace, request.toByteArray());
    }

    /** Calls a method of the Images API; no namespace when it is null. */
    public Answer call(String method, String namespace, byte[] request) {
        return call(method, namespace == null ? new Metadata() : NamespaceHeader.write(namespace), request);
    }

    /** Calls a method of the Images API with any number of requests. */
    public Answer call(String method, Metadata headers, byte[]... requests) {
        return callFullName(ImagesGrpc.SERVICE_NAME + "/" + method, CallOptions.DEFAULT, headers, requests);
    }

    /** Calls any method of any service. */
    public Answer callFullName(String fullName, CallOptions options, Metadata headers, byte[]... requests) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        ClientCall<byte[], byte[]> call = start(fullName, options, headers, answer);
        for (byte[] request : requests) {
            call.sendMessage(request);
        }
        call.halfClose();
        return answer.orTimeout(60, TimeUnit.SECONDS).join();
    }

    /** Starts a call that the caller goes on with, or gives up. */
    public ClientCall<byte[], byte[]> start(
            String fullName, CallOptions options, Metadata headers, CompletableFuture<Answer> answer) {
        ClientCall<byte[], byte[]> call = channel.newCall(descriptor(fullName), options);
        call.start(new Listener(answer), headers);
        call.request(2);
        return call;
    }

    /** Starts a call of the Images API and returns once its answer begins, which is not read until the caller asks for it. */
    ClientCall<byte[], byte[]> startUnread(
            String method, String namespace, MessageLite request, CompletableFuture<Answer> answer) {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        ClientCall<byte[], byte[]> call =
                channel.newCall(descriptor(ImagesGrpc.SERVICE_NAME + "/" + method), CallOptions.DEFAULT);
        call.start(
                new Listener(answer) {
                    @Override
                    public void onHeaders(Metadata headers) {
                        begun.complete(null);
                    }
                },
                NamespaceHeader.write(namespace));
        call.sendMessage(request.toByteArray());
        call.halfClose();
        begun.orTimeout(60, TimeUnit.SECONDS).join();
        return call;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }

    private static MethodDescriptor<byte[], byte[]> descriptor(String fullName) {
        return MethodDescriptor.newBuilder(Bytes.INSTANCE, Bytes.INSTANCE)
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .setFullMethodName(fullName)
                .build();
    }

    private static class Listener extends ClientCall.Listener<byte[]> {
        private final CompletableFuture<Answer> answer;
        private Metadata headers = new Metadata();
        private byte[] body = {};

        Listener(CompletableFuture<Answer> answer) {
            this.answer = answer;
        }

        @Override
        public void onHeaders(Metadata received) {
            headers = received;
        }

        @Override
        public void onMessage(byte[] message) {
            body = message;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            answer.complete(new Answer(status, headers, body, trailers));
        }
    }

    private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
        INSTANCE;

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
