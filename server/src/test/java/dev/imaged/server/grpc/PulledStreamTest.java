package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.ListStreamRequest;
import dev.imaged.proto.v1.ListStreamResponse;
import dev.imaged.proto.v1.Position;
import dev.imaged.server.admission.ListExecutor;
import dev.imaged.server.engine.Cancellation;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A stream next to a queue of lists that is full. */
class PulledStreamTest {
    private static final int MESSAGES = 20;

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private volatile boolean full;
    private Server server;
    private ManagedChannel channel;

    /** Accepts nothing new while it is full. */
    private final ListExecutor executor = new ListExecutor() {
        @Override
        public void execute(ListTask list) {
            if (full) {
                throw new ResourceExhausted("too many lists wait already: try again later", null);
            }
            thread.execute(list);
        }

        @Override
        public void resume(ListTask list) {
            thread.execute(list);
        }
    };

    /** Messages whose positions count up. */
    private static final class Counting implements PulledStream.Source {
        private int sent;

        @Override
        public @Nullable ByteString next(Cancellation cancellation) {
            sent++;
            return sent > MESSAGES
                    ? null
                    : ListStreamResponse.newBuilder()
                            .setPosition(Position.newBuilder().setRevision(sent))
                            .build()
                            .toByteString();
        }

        @Override
        public List<String> hints() {
            return List.of();
        }
    }

    @BeforeEach
    void serve() throws Exception {
        var method = CatalogGrpc.getListStreamMethod().toBuilder(
                        RequestOrError.marshaller(ListStreamRequest.parser(), ListStreamRequest.getDescriptor()),
                        EncodedMarshaller.INSTANCE)
                .build();
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .addService(ServerServiceDefinition.builder(CatalogGrpc.SERVICE_NAME)
                        .addMethod(
                                method,
                                new StreamHandler<ListStreamRequest>(
                                        (request, headers, call, account) -> new PulledStream(
                                                call,
                                                account,
                                                executor,
                                                Duration.ofMinutes(1),
                                                List.of(),
                                                new Counting())))
                        .build())
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
        thread.shutdownNow();
    }

    private final class Call {
        final BlockingQueue<ListStreamResponse> messages = new LinkedBlockingQueue<>();
        final CompletableFuture<Status> end = new CompletableFuture<>();
        final ClientCall<ListStreamRequest, ListStreamResponse> call =
                channel.newCall(CatalogGrpc.getListStreamMethod(), CallOptions.DEFAULT);

        Call() {
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onMessage(ListStreamResponse message) {
                            messages.add(message);
                        }

                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            end.complete(status);
                        }
                    },
                    new Metadata());
            call.sendMessage(ListStreamRequest.getDefaultInstance());
            call.halfClose();
            call.request(1);
        }

        long next() throws InterruptedException {
            ListStreamResponse message = messages.poll(30, TimeUnit.SECONDS);
            assertTrue(message != null, () -> "no message; the call ended with " + end.getNow(null));
            return message.getPosition().getRevision();
        }
    }

    @Test
    void whatHasBegunGoesOn() throws Exception {
        Call call = new Call();
        assertEquals(1, call.next());
        full = true;
        for (int i = 2; i <= MESSAGES; i++) {
            call.call.request(1);
            assertEquals(i, call.next());
        }
        call.call.request(1);
        assertEquals(Status.Code.OK, call.end.get(30, TimeUnit.SECONDS).getCode());
    }

    @Test
    void whatHasNotBegunIsRefused() throws Exception {
        full = true;
        Status end = new Call().end.get(30, TimeUnit.SECONDS);
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, end.getCode());
    }
}
