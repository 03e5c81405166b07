package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.health.v1.HealthCheckResponse.ServingStatus;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.remote.FakeDaemon.Mode;
import io.grpc.InsecureChannelCredentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which of several daemons a client calls, and what becomes of its calls when that one fails. */
class FailoverTest {
    private static final long PATIENCE_SECONDS = 30;
    private static final Duration SILENCE = Duration.ofMillis(600);
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
        return RemoteImageStores.builder(List.of(addresses))
                .maxSilence(SILENCE)
                .maxBackoff(Duration.ofMillis(50))
                .build();
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
        one.with(Mode.SLOW);
        CompletableFuture<Image> read = async().get("a");
        one.awaitCall();

        assertThrows(TimeoutException.class, () -> read.get(3 * SILENCE.toMillis(), TimeUnit.MILLISECONDS));

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
    void anAddressThatIsNotOneIsRefusedAtOnce() {
        assertThrows(IllegalArgumentException.class, () -> connect(one.address(), "nowhere"));
        assertThrows(IllegalArgumentException.class, () -> connect(one.address(), "127.0.0.1:0"));
        assertThrows(IllegalArgumentException.class, () -> connect());
    }

    @Test
    void aNameStandsForAllOfItsAddresses() throws Exception {
        try (FakeDaemon other = FakeDaemon.start("other", "127.0.0.2", one.port())) {
            ChannelOptions options = new ChannelOptions(InsecureChannelCredentials.create(), null);
            Endpoints endpoints =
                    new Endpoints(List.of(Address.parse("daemons:" + one.port())), host -> new InetAddress[] {
                        InetAddress.getByAddress(new byte[] {127, 0, 0, 1}),
                        InetAddress.getByAddress(new byte[] {127, 0, 0, 2})
                    });
            try (Failover failover = new Failover(
                    endpoints,
                    at -> options.builder(at.address(), at.name()).build(),
                    SILENCE,
                    Duration.ofMillis(50))) {
                String first = get(failover);
                (first.equals("one") ? one : other).kill();
                assertEquals(first.equals("one") ? "other" : "one", get(failover));
            }
        }
    }

    private static String get(Failover failover) {
        return ImagesGrpc.newBlockingStub(new FailoverChannel(failover))
                .get(GetImageRequest.newBuilder().setName("a").build())
                .getImage()
                .getTarget()
                .getMediaType();
    }
}
