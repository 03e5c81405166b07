package dev.imaged.server.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.images.Image;
import dev.imaged.images.Operation;
import dev.imaged.images.TestClock;
import dev.imaged.images.Transactions;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.grpc.CatalogService;
import dev.imaged.server.grpc.WatchStreams;
import dev.imaged.server.store.TestStores;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An answer that is lost behind the write reaches the caller all the same, and nothing is written twice. */
class LostAnswerTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    private final ImageEngine engine = TestStores.inMemory(new TestClock());
    private final WatchStreams watches = new WatchStreams();

    /** How many answers of Apply are still lost. */
    private final AtomicInteger losses = new AtomicInteger();

    private final AtomicInteger calls = new AtomicInteger();
    private Server server;
    private RemoteImageStores stores;

    /** Lets the method do its work, and ends the call with Unavailable instead of its answer. */
    private final class Losing implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            if (!call.getMethodDescriptor().getFullMethodName().endsWith("/Apply")) {
                return next.startCall(call, headers);
            }
            calls.incrementAndGet();
            boolean isLost = losses.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
            return next.startCall(
                    new SimpleForwardingServerCall<>(call) {
                        @Override
                        public void sendHeaders(Metadata answer) {
                            if (!isLost) {
                                super.sendHeaders(answer);
                            }
                        }

                        @Override
                        public void sendMessage(R message) {
                            if (!isLost) {
                                super.sendMessage(message);
                            }
                        }

                        @Override
                        public void close(Status status, Metadata trailers) {
                            super.close(isLost ? Status.UNAVAILABLE.withDescription("lost") : status, trailers);
                        }
                    },
                    headers);
        }
    }

    @BeforeEach
    void start() throws IOException {
        String name = UUID.randomUUID().toString();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .intercept(new Losing())
                .addService(new CatalogService(
                                engine.catalog(),
                                engine.transactions(),
                                Runnable::run,
                                Duration.ofSeconds(30),
                                "test",
                                "xodus",
                                watches)
                        .definition())
                .build()
                .start();
        stores = RemoteImageStores.over(
                InProcessChannelBuilder.forName(name).directExecutor().build());
    }

    @AfterEach
    void stop() {
        stores.close();
        server.shutdownNow();
        watches.close();
        engine.close();
    }

    private Transactions transactions() {
        return stores.transactions("x").orElseThrow();
    }

    @Test
    void theClientSendsTheRequestAgainAndGetsTheFirstAnswer() {
        losses.set(2);

        Applied applied = transactions().apply(Apply.of(Operation.create(new Image("a", TARGET))));

        assertTrue(applied.replayed());
        assertEquals(3, calls.get());
        assertEquals(1, applied.position().revision());
        assertEquals(1, engine.catalog().reach().newest().revision());
    }

    @Test
    void theClientDoesNotTryForEver() {
        losses.set(100);

        Unavailable error = assertThrows(
                Unavailable.class, () -> transactions().apply(Apply.of(Operation.create(new Image("a", TARGET)))));

        assertTrue(error.isRetryable());
        assertEquals(3, calls.get());
    }
}
