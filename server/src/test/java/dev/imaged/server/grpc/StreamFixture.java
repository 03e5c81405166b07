package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.imaged.server.admission.CallAccount;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One method that answers with a stream, served in this process.
 *
 * @param <Q> the request
 * @param <R> the messages of the stream
 */
final class StreamFixture<Q extends Message, R> implements AutoCloseable {
    private static final int SECONDS = 30;

    private final MethodDescriptor<Q, R> method;
    private final Server server;
    private final ManagedChannel channel;

    /** Makes the stream of a call. */
    interface Streams<Q> {
        StreamHandler.AnswerStream open(Q request, ServerCall<?, ByteString> call, CallAccount account);
    }

    StreamFixture(MethodDescriptor<Q, R> method, Q anyRequest, Streams<Q> streams) throws IOException {
        this.method = method;
        String name = InProcessServerBuilder.generateName();
        @SuppressWarnings("unchecked") // the parser of a message makes messages of its class
        Parser<Q> parser = (Parser<Q>) anyRequest.getParserForType();
        this.server = InProcessServerBuilder.forName(name)
                .addService(ServerServiceDefinition.builder(method.getServiceName())
                        .addMethod(
                                method.toBuilder(
                                                RequestOrError.marshaller(parser, anyRequest.getDescriptorForType()),
                                                EncodedMarshaller.INSTANCE)
                                        .build(),
                                new StreamHandler<Q>(
                                        (request, headers, call, account) -> streams.open(request, call, account)))
                        .build())
                .build()
                .start();
        this.channel = InProcessChannelBuilder.forName(name).build();
    }

    /** Starts a call, which takes a number of messages. */
    Call call(Q request, int messages) {
        return new Call(request, messages);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    /** A caller that reads the messages. */
    final class Call {
        private final BlockingQueue<R> messages = new LinkedBlockingQueue<>();
        private final CompletableFuture<Status> end = new CompletableFuture<>();
        private final ClientCall<Q, R> call = channel.newCall(method, CallOptions.DEFAULT);

        private Call(Q request, int taken) {
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onMessage(R message) {
                            messages.add(message);
                        }

                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            end.complete(status);
                        }
                    },
                    new Metadata());
            call.sendMessage(request);
            call.halfClose();
            call.request(taken);
        }

        void request(int more) {
            call.request(more);
        }

        void cancel() {
            call.cancel("the test cancelled the call", null);
        }

        /** Waits for the next message. */
        R next() throws InterruptedException {
            R message = messages.poll(SECONDS, TimeUnit.SECONDS);
            assertNotNull(message, () -> "no message; the call ended with " + end.getNow(null));
            return message;
        }

        boolean hasEnded() {
            return end.isDone();
        }

        /** Waits for the end. */
        Status end() throws Exception {
            return end.get(SECONDS, TimeUnit.SECONDS);
        }
    }
}
