package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import dev.imaged.proto.v1.CatalogGrpc.CatalogImplBase;
import dev.imaged.proto.v1.GetRequest;
import dev.imaged.proto.v1.GetResponse;
import dev.imaged.proto.v1.ListPageRequest;
import dev.imaged.proto.v1.ListPageResponse;
import dev.imaged.proto.v1.ListStreamRequest;
import dev.imaged.proto.v1.ListStreamResponse;
import dev.imaged.proto.v1.Position;
import io.grpc.ManagedChannel;
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

        /** Sends as many parts as its filter says. */
        @Override
        public void listStream(ListStreamRequest request, StreamObserver<ListStreamResponse> answers) {
            ServerCallStreamObserver<ListStreamResponse> call = (ServerCallStreamObserver<ListStreamResponse>) answers;
            call.setOnCancelHandler(cancelled::countDown);
            long parts = Long.parseLong(request.getFilters(0));
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
    void anAttemptThatStartsAfterTheCancellationIsCancelled() {
        CompletableFuture<String> attempt = new CompletableFuture<>();
        RepeatedCall<String> call = new RepeatedCall<>(() -> attempt);
        call.cancel(true);
        call.start();

        assertTrue(attempt.isCancelled());
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
