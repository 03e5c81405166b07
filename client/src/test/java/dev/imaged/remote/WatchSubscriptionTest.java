package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.proto.v1.CatalogGrpc.CatalogImplBase;
import dev.imaged.proto.v1.Position;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.proto.v1.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The calls of a watch whose daemon goes away. */
@Timeout(60)
class WatchSubscriptionTest {
    private final BlockingQueue<String> threads = new LinkedBlockingQueue<>();

    /** Tells a position, and ends. */
    private static final class Restarting extends CatalogImplBase {
        @Override
        public void watch(WatchRequest request, StreamObserver<WatchResponse> responses) {
            long revision = request.getAfter().getRevision() + 1;
            responses.onNext(WatchResponse.newBuilder()
                    .setPosition(Position.newBuilder().setRevision(revision))
                    .build());
            responses.onError(Status.UNAVAILABLE.asRuntimeException());
        }
    }

    /** Notes which threads make calls. */
    private final class Noting implements ClientInterceptor {
        @Override
        public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
            threads.add(Thread.currentThread().getName());
            return next.newCall(method, options);
        }
    }

    @Test
    void aWatchConnectsAgainOnAThreadOfItsOwn() throws Exception {
        String name = InProcessServerBuilder.generateName();
        Server server = InProcessServerBuilder.forName(name)
                .addService(new Restarting())
                .build()
                .start();
        ManagedChannel channel = InProcessChannelBuilder.forName(name).build();
        try (RemoteChanges changes = new RemoteChanges(ClientInterceptors.intercept(channel, new Noting()));
                var watch = changes.watch(WatchOptions.namespace("ns"))) {
            for (long revision = 1; revision <= 3; revision++) {
                assertTrue(watch.next() instanceof WatchEvent.Progress);
                assertEquals(revision, watch.position().revision());
            }
            assertEquals(Thread.currentThread().getName(), threads.take());
            assertEquals("imaged-timer", threads.take());
            assertEquals("imaged-timer", threads.take());
        } finally {
            channel.shutdownNow();
            server.shutdownNow();
        }
    }
}
