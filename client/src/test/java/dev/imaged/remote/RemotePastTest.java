package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.AsyncPages;
import dev.imaged.images.ImageStores;
import dev.imaged.images.ListOptions;
import dev.imaged.images.Listing;
import dev.imaged.images.Position;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.HintTrailer;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.v1.CatalogGrpc.CatalogImplBase;
import dev.imaged.proto.v1.DescribeRequest;
import dev.imaged.proto.v1.DescribeResponse;
import dev.imaged.proto.v1.ListStreamRequest;
import dev.imaged.proto.v1.ListStreamResponse;
import dev.imaged.proto.v1.VersionedImage;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lists of another end that is slow, fails, or has none. */
@Timeout(60)
class RemotePastTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final AtomicInteger described = new AtomicInteger();
    private final CountDownLatch cancelled = new CountDownLatch(1);

    /** What the other end says when it is asked whether it has a catalogue. */
    private Status describes = Status.OK;

    /** What the other end does with a list. */
    private Consumer<ServerCallStreamObserver<ListStreamResponse>> lists = call -> {};

    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void serve() throws IOException {
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(new Catalog())
                .intercept(new Hinting())
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    private final class Catalog extends CatalogImplBase {
        @Override
        public void describe(DescribeRequest request, StreamObserver<DescribeResponse> answers) {
            described.incrementAndGet();
            if (describes.isOk()) {
                answers.onNext(DescribeResponse.getDefaultInstance());
                answers.onCompleted();
            } else {
                answers.onError(describes.asRuntimeException());
            }
        }

        @Override
        public void listStream(ListStreamRequest request, StreamObserver<ListStreamResponse> answers) {
            ServerCallStreamObserver<ListStreamResponse> call = (ServerCallStreamObserver<ListStreamResponse>) answers;
            call.setOnCancelHandler(cancelled::countDown);
            lists.accept(call);
        }
    }

    /** Ends each call that goes well with a hint. */
    private static final class Hinting implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            return next.startCall(
                    new SimpleForwardingServerCall<>(call) {
                        @Override
                        public void close(Status status, Metadata trailers) {
                            trailers.merge(HintTrailer.write(List.of("a hint")));
                            super.close(status, trailers);
                        }
                    },
                    headers);
        }
    }

    /** Returns a message of one image. */
    private static ListStreamResponse message(int number) {
        return ListStreamResponse.newBuilder()
                .addImages(VersionedImage.newBuilder()
                        .setImage(Image.newBuilder().setName("n" + number))
                        .setRevision(number))
                .setPosition(
                        dev.imaged.proto.v1.Position.newBuilder().setStore("s").setRevision(9))
                .build();
    }

    private Listing list(Duration deadline, Consumer<List<String>> hints) {
        RemoteCatalog catalog = new RemoteCatalog(channel, deadline, hints);
        ImageStores stores = new ImageStores() {
            @Override
            public AsyncImageStore async(String namespace) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Optional<AsyncPages> asyncPages(String namespace) {
                return Optional.of(new RemotePages(catalog, namespace));
            }

            @Override
            public void close() {}
        };
        return stores.pages("ns").orElseThrow().stream(ListOptions.DEFAULT);
    }

    private Listing list(Duration deadline) {
        return list(deadline, hints -> {});
    }

    @Test
    void whetherTheOtherEndHasACatalogueIsAskedOnce() {
        try (RemoteImageStores stores = RemoteImageStores.over(channel)) {
            assertTrue(stores.pages("a").isPresent());
            assertTrue(stores.history("b").isPresent());
            assertEquals(1, described.get());
        }
    }

    @Test
    void anotherServerOfTheImagesApiHasNoneAndIsAskedOnce() {
        describes = Status.UNIMPLEMENTED.withDescription("unknown service imaged.v1.Catalog");
        try (RemoteImageStores stores = RemoteImageStores.over(channel)) {
            assertTrue(stores.pages("a").isEmpty());
            assertTrue(stores.history("a").isEmpty());
            assertEquals(1, described.get());
        }
    }

    @Test
    void anEndThatDoesNotAnswerIsAskedAgain() {
        describes = Status.UNAVAILABLE.withDescription("later");
        try (RemoteImageStores stores = RemoteImageStores.over(channel)) {
            assertThrows(ImageException.Unavailable.class, () -> stores.pages("a"));
            describes = Status.OK;
            assertTrue(stores.pages("a").isPresent());
        }
    }

    @Test
    void nothingIsSentMuchAheadOfWhatIsRead() {
        AtomicInteger sent = new AtomicInteger();
        lists = call -> call.setOnReadyHandler(() -> {
            while (call.isReady()) {
                call.onNext(message(sent.incrementAndGet()));
            }
        });
        try (Listing listing = list(LONG)) {
            for (int read = 1; read <= 100; read++) {
                assertEquals("n" + read, listing.next().image().name());
                assertTrue(sent.get() <= read + 4, sent + " sent, " + read + " read");
            }
            assertEquals(new Position("s", 9), listing.position());
        }
    }

    @Test
    void aListThatDoesNotGoOnFailsAndIsCancelled() throws Exception {
        lists = call -> call.onNext(message(1));
        try (Listing listing = list(Duration.ofMillis(200))) {
            listing.next();
            ImageException error = assertThrows(ImageException.DeadlineExceeded.class, listing::hasNext);
            assertEquals("the list did not go on within 200 ms", error.getMessage());
            assertTrue(cancelled.await(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void aListThatDoesNotStartFails() {
        assertThrows(ImageException.DeadlineExceeded.class, () -> list(Duration.ofMillis(200)));
    }

    @Test
    void anErrorInTheMidstOfAListIsThrownWhereItIsRead() {
        ImageException dropped =
                new ImageException.OutOfRange("gone", null).withReason("REVISION_DROPPED", Map.of("oldest", "s/5"));
        lists = call -> {
            call.onNext(message(1));
            call.onError(GrpcErrors.toStatus(dropped).asRuntimeException(GrpcErrors.trailers(dropped)));
        };
        try (Listing listing = list(LONG)) {
            assertEquals("n1", listing.next().image().name());
            ImageException error = assertThrows(ImageException.OutOfRange.class, listing::hasNext);
            assertEquals("REVISION_DROPPED", error.reason());
            assertEquals(Map.of("oldest", "s/5"), error.details());
            assertEquals(List.of("a hint"), error.hints());
        }
    }

    @Test
    void aListWithoutAMessageIsNotAnEmptyList() {
        lists = StreamObserver::onCompleted;
        assertThrows(ImageException.Internal.class, () -> list(LONG));
    }

    @Test
    void aThreadThatIsInterruptedWaitsNoLonger() throws Exception {
        lists = call -> call.onNext(message(1));
        try (Listing listing = list(LONG)) {
            listing.next();
            Thread.currentThread().interrupt();
            assertThrows(ImageException.Cancelled.class, listing::hasNext);
            assertTrue(Thread.interrupted());
            assertTrue(cancelled.await(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void hintsAreHeardAtTheEnd() {
        lists = call -> {
            call.onNext(message(1));
            call.onCompleted();
        };
        StringBuilder heard = new StringBuilder();
        try (Listing listing = list(LONG, heard::append)) {
            assertEquals(1, listing.stream().count());
            assertEquals("[a hint]", heard.toString());
        }
    }

    @Test
    void aListenerForHintsThatFailsFailsTheList() {
        lists = call -> {
            call.onNext(message(1));
            call.onCompleted();
        };
        Consumer<List<String>> failing = hints -> {
            throw new IllegalStateException("deaf");
        };
        try (Listing listing = list(LONG, failing)) {
            listing.next();
            ImageException error = assertThrows(ImageException.Internal.class, listing::hasNext);
            assertTrue(error.getMessage().contains("deaf"), error::getMessage);
        }
    }

    @Test
    void aListThatIsClosedIsCancelled() throws Exception {
        lists = call -> call.onNext(message(1));
        Listing listing = list(LONG);
        listing.close();
        assertFalse(listing.hasNext());
        assertTrue(cancelled.await(30, TimeUnit.SECONDS));
    }
}
