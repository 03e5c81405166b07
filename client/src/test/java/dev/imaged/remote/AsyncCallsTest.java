package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import dev.imaged.errors.ImageException;
import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.images.AsOf;
import dev.imaged.images.Image;
import dev.imaged.images.ListOptions;
import dev.imaged.images.ListPart;
import dev.imaged.images.ListTck;
import dev.imaged.images.Operation;
import dev.imaged.images.PageOptions;
import dev.imaged.images.PartSubscriber;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.v1.ApplyRequest;
import dev.imaged.proto.v1.ApplyResponse;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.CatalogGrpc.CatalogImplBase;
import dev.imaged.proto.v1.GetRequest;
import dev.imaged.proto.v1.GetResponse;
import dev.imaged.proto.v1.ListPageRequest;
import dev.imaged.proto.v1.ListPageResponse;
import dev.imaged.proto.v1.ListStreamRequest;
import dev.imaged.proto.v1.ListStreamResponse;
import dev.imaged.proto.v1.Position;
import dev.imaged.proto.v1.VersionedImage;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Calls that do not wait, over a connection whose other end is slow, loses answers, or sends a long list. */
@Timeout(60)
class AsyncCallsTest {
    private static final Position POSITION =
            Position.newBuilder().setStore("s").setRevision(1).build();

    private static final ListStreamResponse UNREADABLE = ListStreamResponse.newBuilder()
            .setPosition(POSITION)
            .addImages(VersionedImage.newBuilder()
                    .setImage(dev.imaged.proto.images.v1.Image.newBuilder()
                            .setCreatedAt(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE))))
            .build();

    private final BlockingQueue<ApplyRequest> applied = new LinkedBlockingQueue<>();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch cancelled = new CountDownLatch(1);

    /** How many answers of writes are lost before one arrives. */
    private int lost;

    /** How many writes have to be there before the first is answered. */
    private int together = 1;

    private final List<Runnable> waiting = new ArrayList<>();

    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void serve() throws IOException {
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .addService(new Catalog())
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
        public void apply(ApplyRequest request, StreamObserver<ApplyResponse> answers) {
            applied.add(request);
            if (applied.size() <= lost) {
                answers.onError(Status.UNAVAILABLE.withDescription("lost").asRuntimeException());
            } else {
                answerTogether(() -> {
                    answers.onNext(
                            ApplyResponse.newBuilder().setPosition(POSITION).build());
                    answers.onCompleted();
                });
            }
        }

        private synchronized void answerTogether(Runnable answer) {
            waiting.add(answer);
            if (waiting.size() >= together) {
                waiting.forEach(Runnable::run);
                waiting.clear();
            }
        }

        /** Does not answer. */
        @Override
        public void get(GetRequest request, StreamObserver<GetResponse> answers) {
            wait(answers);
        }

        /** Does not answer. */
        @Override
        public void listPage(ListPageRequest request, StreamObserver<ListPageResponse> answers) {
            wait(answers);
        }

        private void wait(StreamObserver<?> answers) {
            ((ServerCallStreamObserver<?>) answers).setOnCancelHandler(cancelled::countDown);
            asked.countDown();
        }

        /** Sends as many parts as its filter says, and one that cannot be read for a number below zero. */
        @Override
        public void listStream(ListStreamRequest request, StreamObserver<ListStreamResponse> answers) {
            ServerCallStreamObserver<ListStreamResponse> call = (ServerCallStreamObserver<ListStreamResponse>) answers;
            call.setOnCancelHandler(cancelled::countDown);
            long parts = Long.parseLong(request.getFilters(0));
            if (parts < 0) {
                call.onNext(UNREADABLE);
                return;
            }
            call.setOnReadyHandler(new Runnable() {
                private long sent;

                @Override
                public void run() {
                    while (call.isReady() && sent <= parts) {
                        if (sent++ == parts) {
                            call.onCompleted();
                        } else {
                            call.onNext(ListStreamResponse.newBuilder()
                                    .setPosition(POSITION)
                                    .build());
                        }
                    }
                }
            });
        }
    }

    private RemoteCatalog catalog(Duration deadline) {
        return new RemoteCatalog(channel, deadline, hints -> {});
    }

    private static Apply request() {
        return Apply.of(Operation.create(new Image("a", new Descriptor("m", "sha256:" + "a".repeat(64), 1))));
    }

    private CompletableFuture<Applied> apply() {
        return new RemoteTransactions(catalog(Duration.ofSeconds(30)), "ns").apply(request());
    }

    private Flow.Publisher<ListPart> list(String parts) {
        return new RemotePages(catalog(Duration.ofSeconds(30)), "ns")
                .stream(ListOptions.DEFAULT.withFilters(List.of(parts)));
    }

    @Test
    void aWriteWhoseAnswerIsLostIsSentAgainWithItsId() throws Exception {
        lost = 2;

        assertEquals(1, apply().get().position().revision());
        assertEquals(3, applied.size());
        assertEquals(
                1,
                new HashSet<>(applied.stream().map(ApplyRequest::getRequestId).toList()).size());
    }

    @Test
    void aWriteWhoseAnswersAreAllLostFailsAfterThreeAttempts() {
        lost = 99;

        ExecutionException failure = assertThrows(ExecutionException.class, apply()::get);
        assertInstanceOf(ImageException.Unavailable.class, failure.getCause());
        assertEquals(3, applied.size());
    }

    @Test
    void writesAreOnTheirWayAtOnce() throws Exception {
        together = 50;

        List<CompletableFuture<Applied>> answers =
                Stream.generate(this::apply).limit(together).toList();

        for (CompletableFuture<Applied> answer : answers) {
            assertEquals(1, answer.get().position().revision());
        }
    }

    @Test
    void cancellingAWriteCancelsTheAttempt() {
        CompletableFuture<String> attempt = new CompletableFuture<>();
        RepeatedCall<String> call = new RepeatedCall<>(() -> attempt).start();

        assertTrue(call.cancel(true));
        assertTrue(attempt.isCancelled());
    }

    @Test
    void aFutureThatEndedOtherwiseEndsTheAttempt() {
        CompletableFuture<String> attempt = new CompletableFuture<>();
        RepeatedCall<String> call = new RepeatedCall<>(() -> attempt).start();
        call.complete("from elsewhere");

        assertTrue(attempt.isCancelled());
    }

    @Test
    void noAttemptStartsAfterTheCancellation() {
        RepeatedCall<String> call = new RepeatedCall<>(() -> {
            throw new AssertionError("an attempt after the cancellation");
        });
        call.cancel(true);

        assertTrue(call.start().isCancelled());
    }

    @Test
    void anAttemptThatCannotStartFailsTheFuture() {
        AtomicInteger attempts = new AtomicInteger();
        RepeatedCall<String> call = new RepeatedCall<>(() -> {
            if (attempts.incrementAndGet() == 2) {
                throw new IllegalStateException("from a test");
            }
            return CompletableFuture.failedFuture(new ImageException.Unavailable("lost", null));
        });

        ExecutionException failure =
                assertThrows(ExecutionException.class, () -> call.start().get());
        assertInstanceOf(ImageException.Internal.class, failure.getCause());
    }

    @Test
    void anAnswerThatCannotBeReadFailsTheFuture() {
        for (Throwable bug : List.of(new IllegalStateException("from a test"), new OutOfMemoryError("from a test"))) {
            CompletableFuture<Object> answer = catalog(Duration.ofSeconds(30))
                    .call(CatalogGrpc.getApplyMethod(), ApplyRequest::getDefaultInstance, response -> {
                        throw AsyncCallsTest.<RuntimeException>sneaky(bug);
                    });

            ExecutionException failure = assertThrows(ExecutionException.class, answer::get);
            assertInstanceOf(ImageException.Internal.class, failure.getCause());
            assertSame(bug, failure.getCause().getCause());
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> E sneaky(Throwable bug) throws E {
        throw (E) bug;
    }

    @Test
    void aSecondAnswerIsAnError() {
        Answering<ApplyRequest, ApplyResponse> call = new Answering<>();
        UnaryCall<ApplyRequest, ApplyResponse, String> answer = new UnaryCall<ApplyRequest, ApplyResponse, String>(
                        call, response -> "answer", hints -> {})
                .start(new Metadata(), ApplyRequest.getDefaultInstance());
        call.listener.onMessage(ApplyResponse.getDefaultInstance());
        call.listener.onMessage(ApplyResponse.getDefaultInstance());
        call.listener.onClose(Status.OK, new Metadata());

        ExecutionException failure = assertThrows(ExecutionException.class, answer::get);
        assertInstanceOf(ImageException.Internal.class, failure.getCause());
    }

    @Test
    void aCatalogThatIsAskedForOnTheThreadOfItsAnswerFails() {
        RemoteCatalog catalog = new RemoteCatalog(
                new Channel() {
                    @Override
                    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
                        return new Answering<>(); // as this thread waits, nothing calls its listener
                    }

                    @Override
                    public String authority() {
                        return "test";
                    }
                },
                Duration.ofMillis(10),
                hints -> {});

        assertThrows(ImageException.DeadlineExceeded.class, catalog::isServed);
    }

    /** A call that a test answers. */
    private static final class Answering<Q, R> extends ClientCall<Q, R> {
        private Listener<R> listener;

        @Override
        public void start(Listener<R> to, Metadata headers) {
            listener = to;
        }

        @Override
        public void request(int count) {}

        @Override
        public void cancel(String message, Throwable cause) {}

        @Override
        public void halfClose() {}

        @Override
        public void sendMessage(Q message) {}
    }

    @Test
    void aPartThatCannotBeReadEndsTheListWithItsError() {
        PartSubscriber subscriber = new PartSubscriber();
        list("-1").subscribe(subscriber);

        Throwable error = subscriber.error();
        assertInstanceOf(ImageException.Internal.class, error);
        assertTrue(error.getMessage().endsWith("has a time out of range"), error::getMessage);
    }

    @Test
    void aTaskWhoseThreadsCannotStartRunsAllTheSame() {
        AtomicInteger run = new AtomicInteger();
        SequentialExecutor executor = new SequentialExecutor(
                task -> {
                    throw new OutOfMemoryError("unable to create native thread");
                },
                bug -> {});
        executor.execute(run::incrementAndGet);
        executor.execute(run::incrementAndGet);

        assertEquals(2, run.get());
    }

    @Test
    void cancellingAReadCancelsTheCallOnTheOtherEnd() throws Exception {
        var image = new RemoteHistory(catalog(Duration.ofSeconds(30)), "ns").get("a", AsOf.now());
        asked.await();
        image.cancel(true);

        cancelled.await();
    }

    @Test
    void cancellingAPageCancelsTheCallOnTheOtherEnd() throws Exception {
        var page = new RemotePages(catalog(Duration.ofSeconds(30)), "ns").page(PageOptions.first(ListOptions.DEFAULT));
        asked.await();
        page.cancel(true);

        cancelled.await();
    }

    @Test
    void aReadThatTakesLongerThanItsDeadlineFails() throws Exception {
        apply().get(); // the first call takes longer

        var image = new RemoteHistory(catalog(Duration.ofMillis(100)), "ns").get("a", AsOf.now());

        ExecutionException failure = assertThrows(ExecutionException.class, image::get);
        assertInstanceOf(ImageException.DeadlineExceeded.class, failure.getCause());
        if (asked.getCount() == 0) { // else the deadline was over before the call came
            cancelled.await();
        }
    }

    @Test
    void cancellingAListCancelsTheCallOnTheOtherEnd() throws Exception {
        PartSubscriber subscriber = new PartSubscriber();
        list("1000000").subscribe(subscriber);
        subscriber.next();
        subscriber.cancel();

        cancelled.await();
    }

    @TestFactory
    Stream<DynamicTest> aListOfADaemonIsAPublisherAsReactiveStreamsSay() {
        return ListTck.tests(parts -> list(Long.toString(parts)), list("0"));
    }
}
