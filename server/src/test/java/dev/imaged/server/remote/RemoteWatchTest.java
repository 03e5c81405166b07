package dev.imaged.server.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.images.Follower;
import dev.imaged.images.Position;
import dev.imaged.images.TestSubscriber;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import dev.imaged.images.WatchedChange;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.Change;
import dev.imaged.proto.v1.DescribeRequest;
import dev.imaged.proto.v1.DescribeResponse;
import dev.imaged.proto.v1.VersionedImage;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.proto.v1.WatchResponse;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.TestDaemon;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the client makes of the messages of a watch, and of a call that ends between any two of them. */
class RemoteWatchTest {
    private static final String STORE = "store";
    private static final WatchOptions HERE = WatchOptions.namespace("ns");

    /** What the server answers to one call after the other. */
    private final Queue<Consumer<StreamObserver<WatchResponse>>> answers = new ConcurrentLinkedQueue<>();

    private final List<WatchRequest> requests = new ArrayList<>();
    private Server server;
    private RemoteImageStores stores;

    @BeforeEach
    void start() throws IOException {
        String name = UUID.randomUUID().toString();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(new CatalogGrpc.CatalogImplBase() {
                    @Override
                    public void describe(DescribeRequest request, StreamObserver<DescribeResponse> response) {
                        response.onNext(DescribeResponse.getDefaultInstance());
                        response.onCompleted();
                    }

                    @Override
                    public void watch(WatchRequest request, StreamObserver<WatchResponse> response) {
                        synchronized (requests) {
                            requests.add(request);
                        }
                        answers.remove().accept(response);
                    }
                })
                .build()
                .start();
        stores = RemoteImageStores.over(InProcessChannelBuilder.forName(name).build());
    }

    @AfterEach
    void stop() {
        stores.close();
        server.shutdownNow();
    }

    private WatchRequest request(int index) {
        synchronized (requests) {
            return requests.get(index);
        }
    }

    /** Answers the next call with messages, and leaves it open. */
    private void answer(WatchResponse.Builder... messages) {
        answers.add(call -> List.of(messages).forEach(message -> call.onNext(message.build())));
    }

    /** Answers the next call with messages, and an error. */
    private void answer(Status end, WatchResponse.Builder... messages) {
        answers.add(call -> {
            List.of(messages).forEach(message -> call.onNext(message.build()));
            call.onError(end.asRuntimeException());
        });
    }

    private static WatchResponse.Builder at(long revision) {
        return WatchResponse.newBuilder().setPosition(position(revision));
    }

    private static dev.imaged.proto.v1.Position position(long revision) {
        return dev.imaged.proto.v1.Position.newBuilder()
                .setStore(STORE)
                .setRevision(revision)
                .build();
    }

    private static Change.Builder change(long revision, String name) {
        return Change.newBuilder()
                .setRevision(revision)
                .setKind(Change.Kind.CREATE)
                .setMatch(Change.Match.ENTERED)
                .setNamespace("ns")
                .setName(name)
                .setAfter(TestDaemon.image(name));
    }

    private static VersionedImage image(String name) {
        Image image = TestDaemon.image(name);
        return VersionedImage.newBuilder().setNamespace("ns").setImage(image).build();
    }

    private static List<String> names(WatchEvent event) {
        return assertInstanceOf(WatchEvent.Changed.class, event).changes().stream()
                .map(WatchedChange::name)
                .toList();
    }

    @Test
    void thePartsOfACommitAreOneEvent() {
        answer(
                at(1),
                WatchResponse.newBuilder().addChanges(change(2, "a")).setPartial(true),
                WatchResponse.newBuilder().addChanges(change(2, "b")).setPartial(true),
                at(2).addChanges(change(2, "c")),
                at(3).addChanges(change(3, "d")));
        try (Follower follower = new Follower(stores, HERE)) {
            assertEquals(new WatchEvent.Progress(new Position(STORE, 1)), follower.event());
            assertEquals(List.of("a", "b", "c"), names(follower.event()));
            assertEquals(new Position(STORE, 2), follower.position());
            assertEquals(List.of("d"), names(follower.event()));
        }
    }

    @Test
    void aCommitOfWhichOnlyAPartCameIsAskedForAgain() {
        answer(
                Status.UNAVAILABLE,
                at(1),
                WatchResponse.newBuilder().addChanges(change(2, "a")).setPartial(true));
        answer(at(2).addChanges(change(2, "a")).addChanges(change(2, "b")));
        try (Follower follower = new Follower(stores, HERE)) {
            follower.event();
            assertEquals(List.of("a", "b"), names(follower.event()));
        }
        assertEquals(position(1), request(1).getAfter());
    }

    @Test
    void aSnapshotOfWhichOnlyAPartCameStartsAgain() {
        answer(Status.UNAVAILABLE, WatchResponse.newBuilder().addImages(image("a")));
        answer(
                WatchResponse.newBuilder().addImages(image("b")),
                at(7).addImages(image("c")).setSynced(true));
        try (Follower follower = new Follower(stores, HERE.withSnapshot())) {
            WatchEvent.Snapshot lost = assertInstanceOf(WatchEvent.Snapshot.class, follower.event());
            assertTrue(lost.isFirst());
            WatchEvent.Snapshot again = assertInstanceOf(WatchEvent.Snapshot.class, follower.event());
            assertTrue(again.isFirst());
            assertEquals("b", again.images().get(0).image().name());
            assertEquals(null, follower.position());
            WatchEvent.Snapshot rest = assertInstanceOf(WatchEvent.Snapshot.class, follower.event());
            assertTrue(!rest.isFirst());
            assertEquals(new WatchEvent.Synced(new Position(STORE, 7)), follower.event());
        }
        assertTrue(request(1).hasSnapshot());
    }

    @Test
    void afterASnapshotAWatchGoesOnBehindIt() {
        answer(Status.UNAVAILABLE, at(7).addImages(image("c")).setSynced(true));
        answer(at(8).addChanges(change(8, "d")));
        try (Follower follower = new Follower(stores, HERE.withSnapshot())) {
            follower.snapshot();
            assertEquals(List.of("d"), names(follower.event()));
        }
        assertEquals(position(7), request(1).getAfter());
    }

    @Test
    void aCallThatTheServerEndsWithoutAnErrorIsMadeAgain() {
        answers.add(call -> {
            call.onNext(at(1).build());
            call.onCompleted();
        });
        answer(at(2).addChanges(change(2, "a")));
        try (Follower follower = new Follower(stores, HERE)) {
            follower.event();
            assertEquals(List.of("a"), names(follower.event()));
        }
    }

    @Test
    void aServerThatDoesNotAnswerAnyMoreIsAskedAgain() {
        answer(at(1)); // and then nothing, for twice the progress interval and some more
        answer(at(2).addChanges(change(2, "a")));
        try (Follower follower = new Follower(stores, HERE.progressInterval(java.time.Duration.ofSeconds(1)))) {
            follower.event();
            assertEquals(List.of("a"), names(follower.event()));
        }
    }

    @Test
    void otherErrorsEndTheWatch() {
        answer(Status.DATA_LOSS.withDescription("damaged"), at(1));
        try (Follower follower = new Follower(stores, HERE)) {
            follower.event();
            DataLoss error = assertThrows(DataLoss.class, follower::event);
            assertEquals("damaged", error.getMessage());
        }
    }

    /** Answers the next call with messages, and returns what completes when the client cancels it. */
    private CompletableFuture<Void> answerUntilCancelled(WatchResponse.Builder... messages) {
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        answers.add(call -> {
            ((ServerCallStreamObserver<?>) call).setOnCancelHandler(() -> cancelled.complete(null));
            List.of(messages).forEach(message -> call.onNext(message.build()));
        });
        return cancelled;
    }

    @Test
    void aSubscriberThatCancelsEndsTheCall() throws Exception {
        CompletableFuture<Void> cancelled = answerUntilCancelled(at(1));
        TestSubscriber subscriber = new TestSubscriber();
        stores.changes().orElseThrow().publisher(HERE).subscribe(subscriber);
        subscriber.next();

        subscriber.close();

        cancelled.get(60, TimeUnit.SECONDS);
    }

    @Test
    void aSubscriberThatThrowsEndsItsCallAndNothingElse() throws Exception {
        CompletableFuture<Void> cancelled = answerUntilCancelled(at(1));
        TestSubscriber failing = new TestSubscriber(event -> {
            throw new IllegalStateException("from a test");
        });
        stores.changes().orElseThrow().publisher(HERE).subscribe(failing);
        failing.request(1);
        cancelled.get(60, TimeUnit.SECONDS);

        answer(at(2));
        try (Follower follower = new Follower(stores, HERE)) {
            assertEquals(new WatchEvent.Progress(new Position(STORE, 2)), follower.event());
        }
    }

    @Test
    void whatCameBeforeAnErrorIsTold() {
        answer(
                Status.DATA_LOSS.withDescription("damaged"),
                at(7).addImages(image("c")).setSynced(true));
        TestSubscriber subscriber = new TestSubscriber();
        stores.changes().orElseThrow().publisher(HERE.withSnapshot()).subscribe(subscriber);

        assertInstanceOf(WatchEvent.Snapshot.class, subscriber.next());
        assertEquals(new WatchEvent.Synced(new Position(STORE, 7)), subscriber.next());
        assertInstanceOf(DataLoss.class, subscriber.error());
    }
}
