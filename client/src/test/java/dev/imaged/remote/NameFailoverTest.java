package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.proto.health.v1.HealthCheckResponse.ServingStatus;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.proto.v1.WatchResponse;
import dev.imaged.remote.FakeDaemon.Mode;
import io.grpc.InsecureChannelCredentials;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which daemon a client calls that has one name, when that has one address or several. */
class NameFailoverTest {
    private static final long PATIENCE_SECONDS = 30;
    private static final Duration SILENCE = Duration.ofMillis(600);
    private static final String NAME = "daemons.test";

    private TestNames names;
    private FakeDaemon one;
    private FakeDaemon two;

    @BeforeEach
    void start() throws IOException {
        names = TestNames.open();
        one = FakeDaemon.start("one");
        two = FakeDaemon.start("two", "127.0.0.2", one.port());
    }

    @AfterEach
    void stop() {
        names.close();
        one.close();
        two.close();
    }

    private static InetAddress loopback(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private RemoteImageStores connect() {
        return RemoteImageStores.builder(NAME + ":" + one.port())
                .maxSilence(SILENCE)
                .maxBackoff(Duration.ofMillis(50))
                .build();
    }

    private static String caller(RemoteImageStores of) {
        return of.namespace("ns").get("a").target().mediaType();
    }

    private FakeDaemon called(String name) {
        return name.equals("one") ? one : two;
    }

    private static String other(String name) {
        return name.equals("one") ? "two" : "one";
    }

    /** What happens to the daemon in use. */
    private enum Failure {
        KILLED {
            @Override
            void happenTo(FakeDaemon daemon) {
                daemon.kill();
            }
        },
        STANDS_STILL {
            @Override
            void happenTo(FakeDaemon daemon) {
                daemon.with(Mode.HUNG);
            }
        },
        REFUSES {
            @Override
            void happenTo(FakeDaemon daemon) {
                daemon.with(Mode.REFUSES);
            }
        };

        abstract void happenTo(FakeDaemon daemon);
    }

    @ParameterizedTest
    @EnumSource(Failure.class)
    void aReadGoesToAnotherAddressOfTheNameWhen(Failure failure) {
        names.with(NAME, loopback(1), loopback(2));
        try (RemoteImageStores stores = connect()) {
            String first = caller(stores);

            failure.happenTo(called(first));

            assertEquals(other(first), caller(stores));
        }
    }

    @Test
    void anAddressThatDoesNotServeIsLeft() throws Exception {
        names.with(NAME, loopback(1), loopback(2));
        try (RemoteImageStores stores = connect()) {
            String first = caller(stores);

            called(first).with(ServingStatus.NOT_SERVING);

            awaitCaller(stores, other(first));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"one", "two"})
    void anAddressThatStandsStillIsPassedOverByTheFirstCall(String still) {
        names.with(NAME, loopback(1), loopback(2));
        called(still).with(Mode.HUNG);
        try (RemoteImageStores stores = connect()) {
            assertEquals(other(still), caller(stores));
        }
    }

    @Test
    void aSearchFindsNewAddresses() throws Exception {
        names.with(NAME, loopback(1), loopback(2));
        try (RemoteImageStores stores = connect();
                FakeDaemon three = FakeDaemon.start("three", "127.0.0.3", one.port())) {
            caller(stores);
            names.with(NAME, loopback(3));

            one.kill();
            two.kill();

            assertEquals("three", caller(stores));
            assertEquals(1, three.calls());
        }
    }

    @Test
    void theOnlyAddressIsCalledWithoutAWatchOfItsHealth() {
        names.with(NAME, loopback(1));
        try (RemoteImageStores stores = connect()) {
            for (int i = 0; i < 10; i++) {
                assertEquals("one", caller(stores));
            }
            assertEquals(0, one.watchers());
            assertEquals(1, one.connections());
            assertEquals(2, names.lookUps(), "one for the choice, and one of the connection");
        }
    }

    @Test
    void anIpv4AndAnIpv6AddressAreOfOneDaemon() throws Exception {
        byte[] ipv6 = new byte[16];
        ipv6[15] = 1;
        names.with(NAME, loopback(1), InetAddress.getByAddress(ipv6));
        try (RemoteImageStores stores = connect()) {
            assertEquals("one", caller(stores));
            assertEquals(0, one.watchers());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST", "localhost.", "127.0.0.1", "::1"})
    void noNameIsLookedUpOf(String host) {
        assertFalse(Endpoints.isName(new Address.Tcp(host, 1)));
    }

    @Test
    void theOnlyAddressIsFollowedWhenItChanges() {
        names.with(NAME, loopback(1));
        try (RemoteImageStores stores = connect()) {
            assertEquals("one", caller(stores));
            names.with(NAME, loopback(2));

            one.kill();

            awaitCaller(stores, "two");
        }
    }

    @Test
    void aNameThatGetsASecondAddressFailsOver() throws Exception {
        names.with(NAME, loopback(1));
        try (Failover failover = followingTheName()) {
            assertEquals("one", get(failover));
            addSecondAddress(failover);

            String first = get(failover);
            called(first).with(Mode.HUNG);

            assertEquals(other(first), get(failover));
        }
    }

    @Test
    void theOnlyAddressIsLeftWhenAnotherReplacesItAlthoughItStillAnswers() throws Exception {
        names.with(NAME, loopback(1));
        try (Failover failover = followingTheName()) {
            assertEquals("one", get(failover));

            names.with(NAME, loopback(2));

            await("the new address is called", () -> get(failover).equals("two"));
            assertEquals(0, two.watchers(), "it is the only one");
            one.awaitNoConnection();
        }
    }

    @Test
    void aNameThatDoesNotResolveAtFirstIsLookedUpAgainSoon() throws Exception {
        try (Failover failover = followingTheName(Duration.ofDays(1))) {
            assertThrows(StatusRuntimeException.class, () -> get(failover));

            names.with(NAME, loopback(1), loopback(2));

            await("the addresses are found", () -> {
                call(failover);
                return one.watchers() + two.watchers() > 0;
            });
        }
    }

    private static void call(Failover failover) {
        try {
            get(failover);
        } catch (StatusRuntimeException e) {
            // the name did not resolve yet
        }
    }

    @Test
    void aWatchLeavesTheOnlyConnectionWhenANameGetsASecondAddress() throws Exception {
        names.with(NAME, loopback(1));
        try (Failover failover = followingTheName()) {
            CatalogGrpc.newStub(new FailoverChannel(failover)).watch(WatchRequest.getDefaultInstance(), ignoring());
            await("the watch has come", () -> imageWatches() == 1);

            addSecondAddress(failover);

            await("the watch has moved", () -> imageWatches() == 2);
        }
    }

    private int imageWatches() {
        return one.imageWatches() + two.imageWatches();
    }

    private static StreamObserver<WatchResponse> ignoring() {
        return new StreamObserver<>() {
            @Override
            public void onNext(WatchResponse value) {}

            @Override
            public void onError(Throwable t) {}

            @Override
            public void onCompleted() {}
        };
    }

    /** Returns one that looks the name up again at each call. */
    private Failover followingTheName() {
        return followingTheName(Duration.ofMillis(1));
    }

    /** @param lookAgain how long a name is not looked up again */
    private Failover followingTheName(Duration lookAgain) {
        ChannelOptions options = new ChannelOptions(InsecureChannelCredentials.create(), null);
        return new Failover(
                new Endpoints(List.of(Address.parse(NAME + ":" + one.port()))),
                (at, isOnly) -> options.builder(at.address(), at.name()).build(),
                SILENCE,
                Duration.ofMillis(50),
                lookAgain);
    }

    private void addSecondAddress(Failover failover) throws InterruptedException {
        names.with(NAME, loopback(1), loopback(2));
        await("the second address is found", () -> {
            get(failover);
            return one.watchers() + two.watchers() > 0;
        });
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, () -> "never: " + what);
            Thread.sleep(10);
        }
    }

    private static String get(Failover failover) {
        return ImagesGrpc.newBlockingStub(new FailoverChannel(failover))
                .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .get(GetImageRequest.newBuilder().setName("a").build())
                .getImage()
                .getTarget()
                .getMediaType();
    }

    @Test
    void aNameThatDoesNotResolveFailsAtOnceAndIsFoundLater() {
        try (RemoteImageStores stores = connect()) {
            ImageException error = assertThrows(ImageException.Unavailable.class, () -> caller(stores));
            assertEquals(
                    "no answer from " + NAME + ":" + one.port() + ": the host name does not resolve",
                    error.getMessage());

            names.with(NAME, loopback(1));

            awaitCaller(stores, "one");
        }
    }

    @Test
    void aNameThatGrpcRefusesIsLookedUpByTheJvm() {
        Address.Tcp name = new Address.Tcp("imaged_1.invalid", 1);
        ExecutionException error = assertThrows(
                ExecutionException.class, () -> NameLookUp.start(name).get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        assertEquals(UnknownHostException.class, error.getCause().getClass());

        try (RemoteImageStores stores = RemoteImageStores.connect(name.toString())) {
            assertEquals(
                    "no answer from imaged_1.invalid:1: the host name does not resolve",
                    assertThrows(ImageException.Unavailable.class, () -> caller(stores))
                            .getMessage());
        }
    }

    private static void awaitCaller(RemoteImageStores stores, String name) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try {
                if (caller(stores).equals(name)) {
                    return;
                }
                Thread.sleep(10);
            } catch (ImageException.Unavailable e) {
                // its daemon has just gone
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            assertTrue(System.nanoTime() < end, () -> name + " is not called");
        }
    }
}
