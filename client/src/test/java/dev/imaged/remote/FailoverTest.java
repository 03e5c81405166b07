package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.health.v1.HealthCheckResponse.ServingStatus;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.remote.FakeDaemon.Mode;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which of several daemons a client calls, and what becomes of its calls when that one fails. */
class FailoverTest {
    private static final long PATIENCE_SECONDS = 30;
    private static final Duration SILENCE = Duration.ofMillis(600);
    private static final Duration LONG_SILENCE = Duration.ofSeconds(2);

    /** So often a daemon is asked for its health within {@link #LONG_SILENCE}. */
    private static final int CHECKS = 4;

    private static final Image IMAGE = new Image("a", new Descriptor("m", "sha256:" + "a".repeat(64), 1));

    private FakeDaemon one;
    private FakeDaemon two;
    private RemoteImageStores stores;

    @BeforeEach
    void start() throws IOException {
        one = FakeDaemon.start("one");
        two = FakeDaemon.start("two");
        stores = connect(one.address(), two.address());
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
        stores.close();
    }

    private static RemoteImageStores connect(String... addresses) {
        return connect(SILENCE, addresses);
    }

    private static RemoteImageStores connect(Duration silence, String... addresses) {
        return RemoteImageStores.builder(List.of(addresses))
                .maxSilence(silence)
                .maxBackoff(Duration.ofMillis(50))
                .build();
    }

    /** Connects again with so much patience that no pause of this machine is taken for a silence. */
    private void connectPatiently() {
        stores.close();
        stores = connect(LONG_SILENCE, one.address(), two.address());
    }

    private static String caller(RemoteImageStores of) {
        return of.namespace("ns").get("a").target().mediaType();
    }

    private AsyncImageStore async() {
        return stores.async("ns");
    }

    private static Image await(CompletableFuture<Image> future) throws Exception {
        return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static ImageException failure(CompletableFuture<Image> future) {
        CompletionException error = assertThrows(
                CompletionException.class,
                () -> future.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join());
        return (ImageException) error.getCause();
    }

    @Test
    void theFirstOneThatServesIsCalled() {
        assertEquals("one", caller(stores));
    }

    @Test
    void oneThatIsNotThereIsPassedOver() {
        one.kill();

        assertEquals("two", caller(stores));
    }

    @Test
    void oneThatAcceptsConnectionsAndSaysNothingIsPassedOver() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                RemoteImageStores both = connect("127.0.0.1:" + mute.getLocalPort(), two.address())) {
            assertEquals("two", caller(both));
        }
    }

    @Test
    void oneThatDropsPacketsIsPassedOver() throws Exception {
        try (FullListener dropping = FullListener.open();
                RemoteImageStores both = connect(dropping.address(), two.address())) {
            assertEquals("two", caller(both));
        }
    }

    @Test
    void oneThatDoesNotServeIsPassedOver() {
        one.with(ServingStatus.NOT_SERVING);

        assertEquals("two", caller(stores));
    }

    @Test
    void oneThatDoesNotServeIsCalledIfNoOtherDoesUntilOneDoes() throws Exception {
        one.with(ServingStatus.NOT_SERVING);
        two.with(ServingStatus.NOT_SERVING);
        assertEquals("one", caller(stores));

        two.with(ServingStatus.SERVING);

        awaitCaller("two");
    }

    private void awaitCaller(String name) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!caller(stores).equals(name)) {
            assertTrue(System.nanoTime() < end, () -> name + " is not called");
            Thread.sleep(10);
        }
    }

    @Test
    void oneThatStopsServingIsLeftAndStillAnswersTheCallsThatItHas() throws Exception {
        one.with(Mode.SLOW);
        CompletableFuture<Image> write = async().create(IMAGE);
        one.awaitCall();

        one.with(Mode.ANSWERS).with(ServingStatus.NOT_SERVING);

        awaitCaller("two");
        assertFalse(write.isDone());
        one.answer();
        assertEquals("a", await(write).name());
        assertEquals(List.of(), two.created());
    }

    @Test
    void aReadOfOneThatIsLeftGoesToAnotherWhenItsDaemonStandsStill() throws Exception {
        CompletableFuture<Image> read = callOfOneThatIsLeft(() -> async().get("a"));

        one.with(Mode.HUNG);

        assertEquals("two", await(read).target().mediaType());
    }

    @Test
    void aWriteOfOneThatIsLeftEndsWhenItsDaemonStandsStill() throws Exception {
        CompletableFuture<Image> write = callOfOneThatIsLeft(() -> async().create(IMAGE));

        one.with(Mode.HUNG);

        assertEquals(
                "no answer from " + one.address() + ": it sent nothing for 600 ms",
                failure(write).getMessage());
        assertEquals(List.of(), two.created());
    }

    @Test
    void aCallOfOneThatIsLeftIsNotCutOffAsLongAsItsDaemonTellsItsHealth() throws Exception {
        connectPatiently();
        CompletableFuture<Image> write = callOfOneThatIsLeft(() -> async().create(IMAGE));

        one.awaitChecks(CHECKS);

        assertFalse(write.isDone());
        one.answer();
        assertEquals("a", await(write).name());
        one.awaitNoConnection();
    }

    private CompletableFuture<Image> callOfOneThatIsLeft(Supplier<CompletableFuture<Image>> call) throws Exception {
        one.with(Mode.SLOW);
        CompletableFuture<Image> made = call.get();
        one.awaitCall();
        one.with(Mode.ANSWERS).with(ServingStatus.NOT_SERVING);
        awaitCaller("two");
        return made;
    }

    @Test
    void aReadGoesToAnotherWhenItsDaemonIsKilled() throws Exception {
        one.with(Mode.SLOW);
        CompletableFuture<Image> read = async().get("a");
        one.awaitCall();

        one.kill();

        assertEquals("two", await(read).target().mediaType());
    }

    @Test
    void aWriteIsNotSentToAnotherWhenItsDaemonIsKilled() throws Exception {
        one.with(Mode.SLOW);
        CompletableFuture<Image> write = async().create(IMAGE);
        one.awaitCall();

        one.kill();

        assertEquals(Unavailable.class, failure(write).getClass());
        assertEquals("two", caller(stores));
        assertEquals(List.of(), two.created());
    }

    @Test
    void aReadGoesToAnotherWhenItsDaemonStandsStill() throws Exception {
        assertEquals("one", caller(stores));

        one.with(Mode.HUNG);

        assertEquals("two", await(async().get("a")).target().mediaType());
    }

    @Test
    void oneThatStandsStillIsLeftAfterACallThatEndsAtItsDeadline() throws Exception {
        assertEquals("one", caller(stores));
        one.with(Mode.HUNG);
        assertThrows(StatusRuntimeException.class, this::hastyCaller);
        int calls = one.calls();

        Thread.sleep(2 * SILENCE.toMillis()); // no call waits

        assertEquals("two", caller(stores));
        assertEquals(calls, one.calls());
    }

    @Test
    void oneThatStandsStillIsLeftWhenCallsThatEndAtTheirDeadlinesFollowEachOther() {
        assertEquals("one", caller(stores));
        one.with(Mode.HUNG);

        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
        String answer = null;
        while (answer == null && System.nanoTime() < end) {
            try {
                answer = hastyCaller();
            } catch (StatusRuntimeException e) {
                assertEquals(Status.Code.DEADLINE_EXCEEDED, e.getStatus().getCode());
            }
        }

        assertEquals("two", answer);
    }

    /** Calls with a deadline that ends before the silence is noticed. */
    private String hastyCaller() {
        return ImagesGrpc.newBlockingStub(stores.channel())
                .withDeadlineAfter(400, TimeUnit.MILLISECONDS)
                .get(request())
                .getImage()
                .getTarget()
                .getMediaType();
    }

    @Test
    void aWriteEndsWhenItsDaemonStandsStill() {
        assertEquals("one", caller(stores));

        one.with(Mode.HUNG);

        assertEquals(
                "no answer from " + one.address() + ": it sent nothing for 600 ms",
                failure(async().create(IMAGE)).getMessage());
        assertEquals(List.of(), two.created());
    }

    @Test
    void aCallThatTakesLongIsNotCutOffAsLongAsItsDaemonTellsItsHealth() throws Exception {
        connectPatiently();
        one.with(Mode.SLOW);
        CompletableFuture<Image> read = async().get("a");
        one.awaitCall();

        one.awaitChecks(CHECKS);

        assertFalse(read.isDone());
        one.answer();
        assertEquals("one", await(read).target().mediaType());
    }

    @Test
    void aReadThatIsRefusedGoesToAnother() {
        assertEquals("one", caller(stores));

        one.with(Mode.REFUSES);

        assertEquals("two", caller(stores));
    }

    @Test
    void aReadThatAllRefuseFailsAsTheyDo() {
        one.with(Mode.REFUSES);
        two.with(Mode.REFUSES);

        assertEquals("not now", failure(async().get("a")).getMessage());
    }

    @Test
    void callsThatAreRefusedWhileNoOtherServesDoNotSearchAgainAtOnce() {
        List<Address> connected = new CopyOnWriteArrayList<>();
        ChannelOptions options = new ChannelOptions(InsecureChannelCredentials.create(), null);
        two.with(ServingStatus.NOT_SERVING);
        try (Failover failover = new Failover(
                new Endpoints(List.of(tcp(one), tcp(two))),
                (at, isOnly) -> {
                    connected.add(at.address());
                    return options.builder(at.address(), null).build();
                },
                SILENCE,
                Duration.ofDays(1),
                Duration.ofDays(1))) {
            assertEquals("one", get(failover));
            connected.clear();
            one.with(Mode.REFUSES);

            for (int i = 0; i < 5; i++) {
                assertThrows(StatusRuntimeException.class, () -> get(failover));
            }

            assertEquals(List.of(tcp(two)), connected);
        }
    }

    @Test
    void aWriteThatIsRefusedIsNotSentAgain() {
        one.with(Mode.REFUSES);

        assertEquals("not now", failure(async().create(IMAGE)).getMessage());
        assertEquals(List.of(), two.created());
    }

    @Test
    void whenNoneAnswersTheErrorNamesAllAndThenOneIsFoundAgain() throws Exception {
        one.kill();
        two.kill();
        assertEquals(
                "no answer from " + one.address() + ": nothing listens there; no answer from " + two.address()
                        + ": nothing listens there",
                failure(async().create(IMAGE)).getMessage());

        try (FakeDaemon again = FakeDaemon.start("again", "127.0.0.1", two.port())) {
            assertEquals(two.address(), again.address());
            CompletableFuture<Image> read;
            do {
                read = async().get("a");
            } while (read.handle((found, error) -> error != null).get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            assertEquals("again", read.get().target().mediaType());
        }
    }

    @Test
    void oneThatFailsACallForAReasonOfThatCallIsNotLeft() {
        assertEquals("one", caller(stores));

        one.with(Mode.FAILS);
        assertEquals("not now", failure(async().get("a")).getMessage());
        assertEquals(2, one.calls(), "the call is not repeated");

        one.with(Mode.ANSWERS);
        assertEquals("one", caller(stores));
    }

    @Test
    void aWriteThatIsInFlightIsAnsweredByADaemonThatStops() throws Exception {
        one.with(Mode.SLOW);
        CompletableFuture<Image> write = async().create(IMAGE);
        one.awaitCall();

        one.with(Mode.ANSWERS).stop();

        awaitCaller("two");
        assertFalse(write.isDone());
        one.answer();
        assertEquals("a", await(write).name());
        assertEquals(List.of(), two.created());
    }

    @Test
    void oneThatTellsSomethingIsNotLostWhenItDoesNotAnswerAQuestion() throws Exception {
        assertEquals("one", caller(stores));
        one.with(Mode.HUNG);
        CompletableFuture<Image> read = async().get("a");

        for (int i = 0; i < 10; i++) {
            one.with(ServingStatus.SERVING);
            assertThrows(TimeoutException.class, () -> read.get(250, TimeUnit.MILLISECONDS));
        }

        one.answer();
        assertEquals("one", await(read).target().mediaType());
    }

    @Test
    void theErrorOfTheOnlyOneSaysWhyItIsLost() throws Exception {
        CountDownLatch searched = new CountDownLatch(2);
        CompletableFuture<String> gate = new CompletableFuture<>();
        Endpoints endpoints = heldInTheSecondSearch(searched, gate);
        one.with(ServingStatus.NOT_SERVING);
        try (Failover failover = failover(endpoints)) {
            assertEquals("one", get(failover));
            assertTrue(searched.await(PATIENCE_SECONDS, TimeUnit.SECONDS));

            one.kill(); // while another one is looked for
            gate.complete("");

            StatusRuntimeException error = assertThrows(StatusRuntimeException.class, () -> get(failover));
            assertTrue(
                    List.of("the connection was lost", "nothing listens there").stream()
                            .map(reason -> "no answer from daemons:" + one.port() + " (127.0.0.1): " + reason
                                    + "; no answer from others:1: the host name does not resolve")
                            .toList()
                            .contains(error.getStatus().getDescription()),
                    error::toString);
        }
    }

    /** Returns the addresses of one of two names, and of the other if there is another daemon; behind a gate in each search but the first. */
    private Endpoints heldInTheSecondSearch(
            CountDownLatch searched, CompletableFuture<String> gate, FakeDaemon... others) {
        Address name = Address.parse("daemons:" + one.port());
        return new Endpoints(List.of(name, Address.parse("others:1")), host -> {
            if (!host.equals(name)) {
                return CompletableFuture.completedFuture(
                        Stream.of(others).map(FailoverTest::tcp).toList());
            }
            searched.countDown();
            List<Address.Tcp> found = List.of(tcp(one));
            return searched.getCount() == 0 ? gate.thenApply(open -> found) : CompletableFuture.completedFuture(found);
        });
    }

    @Test
    void aWriteThatNeverLeftIsSentToAnother() {
        ChannelOptions options = new ChannelOptions(InsecureChannelCredentials.create(), null);
        Endpoints endpoints = new Endpoints(List.of(tcp(one), tcp(two)));
        try (Failover failover = new Failover(
                endpoints,
                (at, isOnly) -> {
                    ManagedChannel channel = options.builder(at.address(), null).build();
                    return at.address().equals(tcp(one)) ? new UnreachedChannel(channel) : channel;
                },
                SILENCE,
                Duration.ofMillis(50),
                Duration.ofDays(1))) {
            assertEquals("one", get(failover));

            ImagesGrpc.newBlockingStub(new FailoverChannel(failover))
                    .create(CreateImageRequest.newBuilder()
                            .setImage(dev.imaged.proto.images.v1.Image.newBuilder()
                                    .setName("a"))
                            .build());

            assertEquals(List.of("a"), two.created());
        }
    }

    @Test
    void oneThatDoesNotServeIsCalledWhenTheOneThatIsLeftIsLost() throws Exception {
        CountDownLatch searched = new CountDownLatch(2);
        CompletableFuture<String> gate = new CompletableFuture<>();
        Endpoints endpoints = heldInTheSecondSearch(searched, gate, two);
        one.with(ServingStatus.NOT_SERVING);
        two.with(ServingStatus.NOT_SERVING);
        try (Failover failover = failover(endpoints)) {
            assertEquals("one", get(failover));
            assertTrue(searched.await(PATIENCE_SECONDS, TimeUnit.SECONDS));

            one.kill(); // while another one is looked for
            gate.complete("");

            assertEquals("two", get(failover));
        }
    }

    private static Failover failover(Endpoints endpoints, ClientInterceptor... interceptors) {
        ChannelOptions options = new ChannelOptions(InsecureChannelCredentials.create(), null);
        return new Failover(
                endpoints,
                (at, isOnly) -> options.builder(at.address(), at.name())
                        .intercept(interceptors)
                        .build(),
                SILENCE,
                Duration.ofMillis(50),
                Duration.ofDays(1));
    }

    private static Address.Tcp tcp(FakeDaemon daemon) {
        return (Address.Tcp) Address.parse(daemon.address());
    }

    @Test
    void aBackOffOfZeroIsRefused() {
        RemoteImageStores.Builder builder =
                RemoteImageStores.builder(List.of(one.address(), two.address())).maxBackoff(Duration.ZERO);

        assertThrows(IllegalArgumentException.class, builder::build);
    }

    @Test
    void aMistakeInASearchEndsTheCall() {
        try (Failover failover = new Failover(
                new Endpoints(List.of(Address.parse(one.address()))),
                (at, isOnly) -> {
                    throw new IllegalStateException("no connection");
                },
                SILENCE,
                Duration.ofMillis(50),
                Duration.ofDays(1))) {
            StatusRuntimeException error = assertThrows(StatusRuntimeException.class, () -> get(failover));
            assertEquals(
                    "the search for a daemon failed: java.lang.IllegalStateException: no connection",
                    error.getStatus().getDescription());
        }
    }

    @Test
    void aFirstLookUpThatTakesLongIsWaitedFor() throws Exception {
        Endpoints endpoints = new Endpoints(
                List.of(Address.parse("daemons:" + one.port())),
                host -> new CompletableFuture<List<Address.Tcp>>()
                        .completeOnTimeout(List.of(tcp(one)), 1500, TimeUnit.MILLISECONDS));

        assertEquals(
                1, endpoints.resolve().get(PATIENCE_SECONDS, TimeUnit.SECONDS).size());
    }

    @Test
    void aLaterLookUpThatTakesLongIsNotWaitedFor() throws Exception {
        Queue<CompletableFuture<List<Address.Tcp>>> lookUps = new ArrayDeque<>(
                List.of(CompletableFuture.completedFuture(List.of(tcp(one))), new CompletableFuture<>()));
        Endpoints endpoints = new Endpoints(List.of(Address.parse("daemons:" + one.port())), host -> lookUps.remove());
        List<Endpoints.Endpoint> known = endpoints.resolve().get(PATIENCE_SECONDS, TimeUnit.SECONDS);

        assertEquals(known, endpoints.resolve().get(900, TimeUnit.MILLISECONDS));
    }

    @Test
    void blockingCallsEndWhenNoneIsThere() {
        one.kill();
        two.kill();

        assertTimeoutPreemptively(Duration.ofSeconds(PATIENCE_SECONDS), () -> {
            for (int i = 0; i < 20; i++) {
                assertThrows(Unavailable.class, stores::changes);
                assertThrows(Unavailable.class, () -> stores.pages("ns"));
                assertThrows(Unavailable.class, stores::namespaces);
                assertThrows(Unavailable.class, () -> stores.namespace("ns").list());
            }
        });
    }

    @Test
    void manyBlockingCallsEndWhileTheirDaemonChanges() {
        ImagesGrpc.ImagesBlockingStub stub = ImagesGrpc.newBlockingStub(stores.channel());
        assertTimeoutPreemptively(Duration.ofSeconds(PATIENCE_SECONDS), () -> {
            for (int i = 0; i < 500; i++) {
                if (i % 50 == 0) {
                    one.with(i % 100 == 0 ? ServingStatus.NOT_SERVING : ServingStatus.SERVING);
                    two.with(i % 100 == 0 ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
                }
                assertEquals("a", stub.get(request()).getImage().getName());
            }
        });
    }

    @Test
    void aCallEndsAtItsDeadlineWhileNoneIsFound() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + mute.getLocalPort();
            try (RemoteImageStores none = RemoteImageStores.builder(List.of(address, address))
                    .deadline(Duration.ofMillis(200))
                    .build()) {
                assertTimeoutPreemptively(
                        Duration.ofSeconds(3),
                        () -> assertThrows(
                                ImageException.DeadlineExceeded.class,
                                () -> none.namespace("ns").get("a")));
            }
        }
    }

    @Test
    void aCallEndsWithItsContextWhileNoneIsFound() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + mute.getLocalPort();
            try (RemoteImageStores none = connect(address, address);
                    Context.CancellableContext context = Context.current().withCancellation()) {
                CompletableFuture<Image> read =
                        context.call(() -> none.async("ns").get("a"));
                context.cancel(null);
                ImageException error =
                        (ImageException) assertThrows(ExecutionException.class, () -> read.get(3, TimeUnit.SECONDS))
                                .getCause();
                assertEquals(ImageException.Code.CANCELLED, error.code());
            }
        }
    }

    @Test
    void aCallThatIsCancelledWhileItsDaemonIsLostIsNotSentAgain() throws Exception {
        CompletableFuture<ClientCall.Listener<?>> sent = new CompletableFuture<>();
        CountDownLatch isInTurn = new CountDownLatch(1);
        CountDownLatch isTurnOver = new CountDownLatch(1);
        CompletableFuture<Status> end = new CompletableFuture<>();
        one.with(Mode.SLOW);
        try (Failover failover = failover(new Endpoints(List.of(tcp(one), tcp(two))), tellOfGets(sent))) {
            ClientCall<GetImageRequest, GetImageResponse> call = new FailoverChannel(failover)
                    .newCall(ImagesGrpc.getGetMethod(), CallOptions.DEFAULT.withExecutor(Runnable::run));
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onReady() {
                            isInTurn.countDown();
                            try {
                                isTurnOver.await();
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        }

                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            end.complete(status);
                        }
                    },
                    new Metadata());
            call.request(2);
            call.sendMessage(request());
            call.halfClose();
            one.awaitCall();
            ClientCall.Listener<?> listener = sent.get();
            Thread turn = new Thread(listener::onReady);
            turn.start();
            isInTurn.await();

            call.cancel("enough", null);
            listener.onClose(Status.UNAVAILABLE.withDescription("no answer from one: lost"), new Metadata());
            isTurnOver.countDown();

            assertEquals(
                    Status.Code.UNAVAILABLE,
                    end.get(PATIENCE_SECONDS, TimeUnit.SECONDS).getCode());
            turn.join();
            assertEquals(0, two.calls());
        }
    }

    /** Returns what notes the listener of the first Get that is sent to a daemon. */
    private static ClientInterceptor tellOfGets(CompletableFuture<ClientCall.Listener<?>> sent) {
        return new ClientInterceptor() {
            @Override
            public <Q, R> ClientCall<Q, R> interceptCall(
                    MethodDescriptor<Q, R> method, CallOptions with, Channel next) {
                return new SimpleForwardingClientCall<>(next.newCall(method, with)) {
                    @Override
                    public void start(Listener<R> listener, Metadata headers) {
                        if (method.equals(ImagesGrpc.getGetMethod())) {
                            sent.complete(listener);
                        }
                        super.start(listener, headers);
                    }
                };
            }
        };
    }

    @Test
    void theContextOfACallEndsNothingElse() throws Exception {
        try (Context.CancellableContext context = Context.current().withCancellation()) {
            assertEquals("one", context.call(() -> caller(stores)));
        }
        assertEquals("one", caller(stores)); // the daemon has heard of the end of the context by now

        one.with(ServingStatus.NOT_SERVING);

        awaitCaller("two");
        assertEquals(1, one.watches());
    }

    @Test
    void anAddressThatIsNotOneIsRefusedAtOnce() {
        assertThrows(IllegalArgumentException.class, () -> connect(one.address(), "nowhere"));
        assertThrows(IllegalArgumentException.class, () -> connect(one.address(), "127.0.0.1:0"));
        assertThrows(IllegalArgumentException.class, () -> connect());
    }

    private static String get(Failover failover) {
        return ImagesGrpc.newBlockingStub(new FailoverChannel(failover))
                .get(request())
                .getImage()
                .getTarget()
                .getMediaType();
    }

    private static GetImageRequest request() {
        return GetImageRequest.newBuilder().setName("a").build();
    }
}
